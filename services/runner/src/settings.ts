import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { PluginStartError } from "@rat/plugin-sdk";

/** What the runner is set to. */
export interface RunnerSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Folder with a folder of files for each namespace. */
  readonly workspace: string;
  /** Folder of the runner's own: its journal. */
  readonly state: string;
  /** Runs at a time. */
  readonly places: number;
  /** Output of one run, in bytes. */
  readonly logLimit: number;
  /** How long a program may take to heed SIGTERM, milliseconds. */
  readonly killGraceMs: number;
  /** How long runs under way may take when the runner is told to end, milliseconds. */
  readonly drainMs: number;
  /** Variables of the runner's own environment that commands see. */
  readonly inheritEnv: readonly string[];
  /** Hosts, each with its port when that is not the usual one, from which SQL may read. */
  readonly sourceHosts: readonly string[];
  /** Whether sources may come over plain HTTP. */
  readonly sourceHttp: boolean;
  /** The largest source, in bytes. */
  readonly sourceLimit: number;
  /** What a run may use unless its spec says less; also the most that a spec may ask for. */
  readonly memoryMb: number;
  readonly pids: number;
  readonly diskMb: number;
  readonly sqlThreads: number;
  /** Processes kept ready for SQL. */
  readonly sqlSpares: number;
  /** Ends as by SIGTERM when its standard input closes. */
  readonly endWithStdin: boolean;
  /** First of the users that runs have, when the runner is root; 0: all run as root; undefined: it chooses. */
  readonly uidBase: number | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

const NAMES = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Where the runner listens unless told otherwise. */
const DEFAULT_PORT = 50_065;

/** Reads flags and environment. @throws PluginStartError that names what to change. */
export function readSettings(args: readonly string[], env: Env): RunnerSettings {
  const flags = readFlags(args);
  const workspace = text(env, "RAT_RUNNER_WORKSPACE");
  if (workspace === undefined) {
    throw new PluginStartError("set RAT_RUNNER_WORKSPACE to the folder with the files of the namespaces");
  }
  const state = text(env, "RAT_RUNNER_STATE") ?? `${resolve(workspace)}.runner`;
  const cores = availableParallelism();
  return {
    ...listenOf(flags.listen ?? text(env, "RAT_RUNNER_LISTEN"), env),
    workspace: resolve(workspace),
    state: resolve(state),
    places: integer(env, "RAT_RUNNER_PLACES", Math.max(4, 2 * cores), [1, 64]),
    logLimit: integer(env, "RAT_RUNNER_LOG_LIMIT_BYTES", 10 * 1024 * 1024, [1024, 256 * 1024 * 1024]),
    killGraceMs: integer(env, "RAT_RUNNER_KILL_GRACE_MS", 5000, [0, 600_000]),
    drainMs: integer(env, "RAT_RUNNER_DRAIN_MS", 30_000, [0, 86_400_000]),
    inheritEnv: list(env, "RAT_RUNNER_INHERIT_ENV", ["PATH", "LANG", "TZ"], NAMES),
    sourceHosts: list(env, "RAT_RUNNER_SOURCE_HOSTS", [], /^[^\s/@]+$/).map((host) => host.toLowerCase()),
    sourceHttp: flag(env, "RAT_RUNNER_SOURCE_HTTP"),
    sourceLimit: integer(env, "RAT_RUNNER_SOURCE_LIMIT_BYTES", 256 * 1024 * 1024, [1, 2 ** 40]),
    memoryMb: integer(env, "RAT_RUNNER_MEMORY_MB", 1024, [16, 16_777_216]),
    pids: integer(env, "RAT_RUNNER_PIDS", 256, [1, 4_194_304]),
    diskMb: integer(env, "RAT_RUNNER_DISK_MB", 4096, [1, 16_777_216]),
    sqlThreads: integer(env, "RAT_RUNNER_SQL_THREADS", Math.min(4, cores), [1, 1024]),
    sqlSpares: integer(env, "RAT_RUNNER_SQL_SPARES", 1, [0, 16]),
    endWithStdin: flags.endWithStdin || flag(env, "RAT_RUNNER_END_WITH_STDIN"),
    uidBase:
      text(env, "RAT_RUNNER_UID_BASE") === undefined
        ? undefined
        : integer(env, "RAT_RUNNER_UID_BASE", 0, [0, 4_000_000_000]),
  };
}

interface Flags {
  readonly listen: string | undefined;
  readonly endWithStdin: boolean;
}

function readFlags(args: readonly string[]): Flags {
  let listen: string | undefined;
  let endWithStdin = false;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "--end-with-stdin") endWithStdin = true;
    else if (arg.startsWith("--listen=")) listen = arg.slice("--listen=".length);
    else if (arg === "--listen" && args[at + 1] !== undefined) listen = args[(at += 1)];
    else {
      throw new PluginStartError(
        `cannot read ${JSON.stringify(arg)}; known are --listen host:port and --end-with-stdin`,
      );
    }
  }
  return { listen, endWithStdin };
}

/** `--listen` wins over RAT_RUNNER_LISTEN, which wins over the variables of every plugin. */
function listenOf(address: string | undefined, env: Env): Pick<RunnerSettings, "host" | "port"> {
  if (address === undefined) {
    const host = text(env, "RAT_PLUGIN_HOST") ?? "127.0.0.1";
    return { host, port: integer(env, "RAT_PLUGIN_PORT", DEFAULT_PORT, [0, 65_535]) };
  }
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):([0-9]{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    throw new PluginStartError(`--listen must be host:port, not ${JSON.stringify(address)}`);
  }
  return { host, port };
}

function text(env: Env, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === "" ? undefined : value;
}

function integer(
  env: Env,
  name: string,
  otherwise: number,
  [least, most]: readonly [number, number],
): number {
  const value = text(env, name);
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new PluginStartError(
      `${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(value)}`,
    );
  }
  return number;
}

function flag(env: Env, name: string): boolean {
  const value = text(env, name) ?? "0";
  if (value !== "0" && value !== "1") {
    throw new PluginStartError(`${name} must be 0 or 1, not ${JSON.stringify(value)}`);
  }
  return value === "1";
}

function list(env: Env, name: string, otherwise: readonly string[], item: RegExp): readonly string[] {
  // Set but empty means none.
  const value = env[name];
  if (value === undefined) return otherwise;
  const items = value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const wrong = items.find((part) => !item.test(part));
  if (wrong !== undefined) {
    throw new PluginStartError(`${name}: ${JSON.stringify(wrong)} does not match ${item.source}`);
  }
  return items;
}
