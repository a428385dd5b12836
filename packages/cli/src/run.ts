import { CommanderError } from "commander";
import { parseSettings, type Settings } from "./input/settings.ts";
import type { Terminal } from "./input/terminal.ts";
import type { CommandContext } from "./kit/command-spec.ts";
import { CliError } from "./output/cli-error.ts";
import type { ExitCode } from "./output/exit-codes.ts";
import { isForPrograms, parseFormat } from "./output/formats.ts";
import { NOT_SIGNED_IN, type SignIn } from "./output/sign-in.ts";
import { createProgram, type Invocation } from "./program.ts";
import { Connection } from "./session/connection.ts";
import { VERSION } from "./version.ts";

/** Runs one command line (without `node` and script) to its exit code. Never throws. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exit: ExitCode = 0;
  let settings: Settings | undefined;
  let connection: Connection | undefined;
  const program = createProgram({
    out: (text) => terminal.out(text),
    async act(invocation) {
      settings = parseSettings(invocation.flags, terminal, invocation.spec.isCheck === true);
      connection = new Connection(settings, terminal);
      exit = await act(invocation, settings, terminal, connection);
    },
  });
  // Only in front: behind a command, --version is that of a pipeline.
  if (argv[0] === "--version" || argv[0] === "-V") {
    terminal.out(`${VERSION}\n`);
    return 0;
  }
  try {
    if (argv.length === 0) terminal.out(program.helpInformation());
    else await program.parseAsync(argv, { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return report(error, argv, settings, connection?.signIn ?? NOT_SIGNED_IN, terminal);
  }
}

async function act(
  { spec, args, flags }: Invocation,
  settings: Settings,
  terminal: Terminal,
  connection: Connection,
): Promise<ExitCode> {
  const { promise: interruption, reject } = Promise.withResolvers<never>();
  const interrupt = (): void => reject(terminal.interrupted.reason);
  terminal.interrupted.addEventListener("abort", interrupt, { once: true });
  try {
    const command = await spec.load();
    return await Promise.race([
      command(contextOf(args, flags, settings, terminal, connection)),
      interruption,
    ]);
  } finally {
    terminal.interrupted.removeEventListener("abort", interrupt);
  }
}

function contextOf(
  args: readonly string[],
  flags: CommandContext["flags"],
  settings: Settings,
  terminal: Terminal,
  connection: Connection,
): CommandContext {
  const say = (message: string): void => {
    if (!settings.quiet) terminal.err(`${message}\n`);
  };
  return {
    args,
    flags,
    settings,
    terminal,
    say,
    contexts: connection.contexts,
    target: () => connection.target(),
    connect: (options) => connection.client(options?.timeoutMs ?? settings.timeoutMs),
    async show(view) {
      const { render } = await import("./output/render.ts");
      const { format, paint } = settings;
      terminal.out(await render(view, { format, paint, isTerminal: terminal.isTerminal }));
      if (view.hint !== undefined && (format === "table" || format === "wide")) say(view.hint);
    },
  };
}

async function report(
  error: unknown,
  argv: readonly string[],
  settings: Settings | undefined,
  signIn: SignIn,
  terminal: Terminal,
): Promise<ExitCode> {
  const { toFailure } = await import("./output/failure.ts");
  const { failureJson, failureText } = await import("./output/report-failure.ts");
  const failure = toFailure(usageError(error), signIn);
  const forPrograms = isForPrograms(settings?.format ?? askedFormat(argv));
  terminal.err(forPrograms ? failureJson(failure) : failureText(failure));
  // A wrong command line says where it is wrong already, and its error may hold a secret that was meant for a file.
  const loud = (settings?.debug ?? argv.includes("--debug")) && !(error instanceof CommanderError);
  if (loud && error instanceof Error) {
    terminal.err(`${error.stack ?? ""}\n`);
  }
  return failure.exit;
}

function usageError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.code === "commander.help") return new CliError("bad_usage", "a command is missing");
  // What stands where nothing belongs may be a secret that was meant for a file.
  const message = error.message
    .replace(/(got \d+): .*/su, "$1")
    .replace(/(unknown option '[^'=]*)=[^']*/u, "$1");
  return new CliError("bad_usage", message.replace(/^error: /u, "").replaceAll("\n", " "));
}

/** The format that a command line asks for, also when the rest of it is wrong. */
function askedFormat(argv: readonly string[]): "json" | "table" {
  const asked = argv.flatMap((word, at) => {
    if (word === "-o" || word === "--output") return [argv[at + 1] ?? ""];
    const [, value] = /^(?:--output=|-o=?)(.+)$/u.exec(word) ?? [];
    return value === undefined ? [] : [value];
  });
  const format = parseFormat(asked.at(-1) ?? "");
  return format !== undefined && isForPrograms(format) ? "json" : "table";
}
