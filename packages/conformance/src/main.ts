#!/usr/bin/env node
import { readFileSync, writeFileSync } from "node:fs";
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { parseConformanceConfig, type ConformanceConfig } from "./conformance-config.ts";
import { REPORTS } from "./reports/reports.ts";
import { formatCase, formatSummary } from "./reports/text.ts";
import { runConformance } from "./run-conformance.ts";
import { suites, type ConformanceSlot } from "./suites/suites.ts";
import { WIRES, type Wire } from "./wires.ts";

/** Exit codes of the command. */
const EXIT = { pass: 0, fail: 1, usage: 2, unreachable: 3 } as const;

interface Flags {
  readonly address: string;
  readonly run?: string[];
  readonly wire?: Wire[];
  readonly report: Report[];
  readonly config?: ConformanceConfig;
  readonly timeout: number;
  readonly trace?: boolean;
}

interface Report {
  readonly format: string;
  readonly file: string;
}

const command = new Command("rat-conformance")
  .description("Checks a plugin of any language against the contract of its slot.")
  .addArgument(new Argument("<slot>", "the slot that the plugin fills").choices(Object.keys(suites)))
  .requiredOption(
    "--address <url>",
    "where the plugin listens, for example http://localhost:50060",
    parseAddress,
  )
  .option("--run <name...>", "only these cases, for example auth/empty-token")
  .addOption(new Option("--wire <wire...>", "require only these wires").choices(WIRES))
  .option("--report <format>", "text, junit=FILE or json=FILE; may be repeated", parseReport, [])
  .option("--config <file>", "JSON with what the run should know, for example a valid token", parseConfigFile)
  .option("--timeout <ms>", "how long each call may take", parseTimeout, 5000)
  .option("--trace", "print each request and answer, secrets hidden")
  .addHelpText(
    "after",
    "\nExit codes: 0 conforms, 1 does not, 2 wrong usage, 3 the plugin cannot be reached.",
  )
  .exitOverride()
  .action(run);

async function run(slot: ConformanceSlot, flags: Flags): Promise<void> {
  const known = suites[slot].map(({ name }) => name);
  const unknown = flags.run?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0) command.error(`error: no case ${unknown.join(", ")}; cases: ${known.join(", ")}`);
  const result = await runConformance(slot, {
    address: flags.address,
    timeoutMs: flags.timeout,
    ...(flags.run && { names: flags.run }),
    ...(flags.wire && { wires: flags.wire }),
    ...(flags.config && { config: flags.config }),
    onResult: (one) => print(formatCase(one)),
    ...(flags.trace && {
      onExchange: ({ sent, answer, replay }) => print(`> ${sent}\n< ${answer}\n  ${replay}`),
    }),
  });
  print(formatSummary(result));
  for (const { format, file } of flags.report) writeFileSync(file, REPORTS[format]?.(result) ?? "");
  process.exitCode = !result.reachable ? EXIT.unreachable : result.passed ? EXIT.pass : EXIT.fail;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function parseAddress(text: string): string {
  const url = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(url)) throw new InvalidArgumentError("not a URL.");
  return text;
}

function parseReport(text: string, before: Report[]): Report[] {
  // The text report is always printed.
  if (text === "text") return before;
  const [format = "", file = ""] = text.split(/=(.*)/s);
  if (!Object.hasOwn(REPORTS, format) || file === "") {
    throw new InvalidArgumentError("use text, junit=FILE or json=FILE.");
  }
  return [...before, { format, file }];
}

function parseConfigFile(file: string): ConformanceConfig {
  try {
    return parseConformanceConfig(readFileSync(file, "utf8"));
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function parseTimeout(text: string): number {
  const timeout = Number(text);
  if (!Number.isInteger(timeout) || timeout < 1)
    throw new InvalidArgumentError("not a number of milliseconds.");
  return timeout;
}

try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? EXIT.pass : EXIT.usage;
}
// Connections that are kept alive would hold the process for seconds; the callback lets the output leave first.
process.stdout.write("", () => process.exit());
