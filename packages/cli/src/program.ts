import { Command } from "commander";
import { COMMANDS } from "./command-table.ts";
import type { Flags } from "./input/flags.ts";
import type { CommandSpec } from "./kit/command-spec.ts";
import { GLOBAL_OPTIONS } from "./kit/global-options.ts";

/** What a command line asked for. */
export interface Invocation {
  readonly spec: CommandSpec;
  readonly args: readonly string[];
  readonly flags: Flags;
}

/** What words that stand for several commands are about. */
const GROUPS: Readonly<Record<string, string>> = {
  slots: "The slots of ratd",
  plugin: "The plugins of ratd",
  namespace: "Namespaces and the files in them",
  pipeline: "Pipelines and their versions",
  trigger: "What starts runs without a person",
  run: "Runs of pipelines: start, follow, look at",
  access: "Who may do what: API keys, shares, leases",
  keys: "API keys",
  shares: "What is shared with whom",
  leases: "Credentials that were given out",
  audit: "What was done, tried and refused",
  config: "rat.yaml, and what is in force of it",
  context: "The ratd that you use, and what you are known by there",
  conformance: "Check a plugin against the contract of its slot",
};

/** The parser of `rat`, made from the tables. It prints help through `out` and throws CommanderError. */
export function createProgram(deps: {
  readonly out: (text: string) => void;
  readonly act: (invocation: Invocation) => Promise<void>;
}): Command {
  const root = new Command("rat").description("Look at a ratd and its slots, and run pipelines.");
  prepare(root, deps.out);
  for (const { flags, description } of GLOBAL_OPTIONS) root.option(flags, description);

  for (const spec of COMMANDS) {
    const words = spec.path.split(" ");
    const name = words.at(-1) ?? spec.path;
    const parent = words.slice(0, -1).reduce((above, word) => groupOf(above, word, deps.out), root);
    const command = prepare(parent.command([name, ...spec.args].join(" ")), deps.out)
      .summary(spec.summary)
      .description([`${spec.summary}.`, spec.description ?? ""].join(" ").trim());
    for (const { flags, description, repeats } of spec.options) {
      if (repeats === true) command.option(flags, description, appended);
      else command.option(flags, description);
    }
    command.addHelpText("after", `\nExamples:\n${spec.examples.map((line) => `  $ ${line}`).join("\n")}`);
    command.action(async () => {
      await deps.act({ spec, args: command.args, flags: command.optsWithGlobals<Flags>() });
    });
  }
  return root;
}

function appended(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function groupOf(above: Command, name: string, out: (text: string) => void): Command {
  const present = above.commands.find((command) => command.name() === name);
  return present ?? prepare(above.command(name), out).description(GROUPS[name] ?? name);
}

/** Errors are thrown and reported in one place, so the parser itself prints nothing on stderr. */
function prepare(command: Command, out: (text: string) => void): Command {
  return command
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: () => {} })
    .configureHelp({ showGlobalOptions: true });
}
