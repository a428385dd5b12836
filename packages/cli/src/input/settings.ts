import { CliError } from "../output/cli-error.ts";
import { CHECK_FORMATS, OUTPUT_FORMATS, parseFormat, type OutputFormat } from "../output/formats.ts";
import { choosePaint, type Paint } from "../output/style.ts";
import { parseDuration } from "./duration.ts";
import type { Flags } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** What the global options and the environment say. */
export interface Settings {
  readonly format: OutputFormat;
  /** Of --addr or RAT_ADDR. */
  readonly address: string | undefined;
  /** Of --context or RAT_CONTEXT. */
  readonly context: string | undefined;
  /** Of --token-file. */
  readonly tokenFile: string | undefined;
  /** Undefined leaves the choice to the command. */
  readonly timeoutMs: number | undefined;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly paint: Paint;
}

/** Reads the global options; throws `bad_usage` for a value that is none. */
export function parseSettings(flags: Flags, terminal: Terminal, hasCheckFormats: boolean): Settings {
  const { env, isTerminal } = terminal;
  return {
    format: format(text(flags["output"]) ?? "table", hasCheckFormats),
    address: text(flags["addr"]) ?? text(env["RAT_ADDR"]),
    context: text(flags["context"]) ?? text(env["RAT_CONTEXT"]),
    tokenFile: text(flags["tokenFile"]),
    timeoutMs: timeout(text(flags["timeout"])),
    quiet: flags["quiet"] === true,
    debug: flags["debug"] === true,
    paint: choosePaint({ noColor: flags["color"] === false, env, isTerminal }),
  };
}

function format(value: string, hasCheckFormats: boolean): OutputFormat {
  const parsed = parseFormat(value);
  const allowed: readonly string[] = hasCheckFormats ? [...OUTPUT_FORMATS, ...CHECK_FORMATS] : OUTPUT_FORMATS;
  if (parsed !== undefined && allowed.includes(parsed)) return parsed;
  throw new CliError("bad_usage", `"${value}" is not an output format here; use ${allowed.join(", ")}`);
}

function timeout(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  if (ms === undefined) {
    throw new CliError("bad_usage", `--timeout ${value} is not a duration; write 500ms, 60s or 2m`);
  }
  return ms;
}

function text(value: Flags[string]): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
