import { CliError } from "./cli-error.ts";
import type { Flags } from "./command-spec.ts";
import { parseDuration } from "./duration.ts";
import { CHECK_FORMATS, OUTPUT_FORMATS, parseFormat, type OutputFormat } from "./output/formats.ts";
import { choosePaint, type Paint } from "./output/style.ts";
import type { Terminal } from "./terminal.ts";

/** What the global options and the environment say. */
export interface Settings {
  readonly format: OutputFormat;
  readonly address: string;
  readonly token: string | undefined;
  /** Undefined leaves the choice to the command. */
  readonly timeoutMs: number | undefined;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly paint: Paint;
}

const DEFAULT_ADDRESS = "http://127.0.0.1:8080";

/** Reads the global options; throws `bad_usage` for a value that is none. */
export async function parseSettings(
  flags: Flags,
  terminal: Terminal,
  hasCheckFormats: boolean,
): Promise<Settings> {
  const { env, isTerminal } = terminal;
  return {
    format: format(text(flags["output"]) ?? "table", hasCheckFormats),
    address: text(flags["addr"]) ?? text(env["RAT_ADDR"]) ?? DEFAULT_ADDRESS,
    token: await token(flags, terminal),
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

async function token(flags: Flags, terminal: Terminal): Promise<string | undefined> {
  const file = text(flags["tokenFile"]);
  const value = file === undefined ? terminal.env["RAT_TOKEN"] : await tokenFile(file, terminal);
  const trimmed = text(value?.trim());
  if (trimmed !== undefined && !/^[\x21-\x7E]+$/u.test(trimmed)) {
    throw new CliError("bad_usage", "the token holds characters that no token has, such as a line break");
  }
  return trimmed;
}

async function tokenFile(path: string, terminal: Terminal): Promise<string> {
  try {
    return await terminal.read(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("bad_usage", `--token-file cannot be read: ${reason}`, { cause });
  }
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
