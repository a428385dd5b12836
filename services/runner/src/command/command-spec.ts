import type { JsonObject } from "@rat/plugin-sdk";
import {
  MAX_TEXT_BYTES,
  MAX_TOTAL_BYTES,
  RESERVED_PREFIX,
  requireEnvironment,
} from "../checks/environment.ts";
import { optionalInteger, refuse, requireList, requireObject, requireText } from "../checks/refuse.ts";

/** What a run of kind `command` asks for, checked. */
export interface CommandSpec {
  readonly kind: "command";
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: CommandLimits;
}

/** What a command may use. Undefined: what the runner is set to. */
export interface CommandLimits {
  readonly memoryMb: number | undefined;
  /** Processes and threads at a time. */
  readonly pids: number | undefined;
  /** The largest file. */
  readonly diskMb: number | undefined;
}

const MAX_ARGUMENTS = 256;
const MEGABYTES = [1, 16_777_216] as const;

/** Reads the spec of a command. @throws PluginError `invalid_argument`. */
export function parseCommandSpec(spec: JsonObject): CommandSpec {
  // What only containers need mounted is here anyway.
  const { argv, env, limits } = requireObject("spec", spec, ["argv", "env", "limits", "mount_workspace"]);
  return {
    kind: "command",
    argv: argvOf(argv),
    env: requireEnvironment("spec.env", env, RESERVED_PREFIX),
    limits: limitsOf(limits),
  };
}

function argvOf(value: unknown): readonly [string, ...string[]] {
  const items = requireList("spec.argv", value, MAX_ARGUMENTS);
  const [program, ...rest] = items.map((item, at) => requireText(`spec.argv[${at}]`, item, MAX_TEXT_BYTES));
  if (program === undefined || program === "") return refuse("spec.argv", "must begin with a program");
  const bytes = [program, ...rest].reduce((sum, item) => sum + Buffer.byteLength(item) + 1, 0);
  if (bytes > MAX_TOTAL_BYTES) refuse("spec.argv", `must have at most ${MAX_TOTAL_BYTES} bytes in all`);
  return [program, ...rest];
}

function limitsOf(value: unknown): CommandLimits {
  const limits = requireObject("spec.limits", value ?? {}, ["memory_mb", "cpus", "pids", "disk_mb"]);
  const { cpus } = limits;
  if (cpus !== undefined && (typeof cpus !== "number" || !(cpus > 0 && cpus <= 1024))) {
    refuse("spec.limits.cpus", "must be a number above 0, at most 1024");
  }
  return {
    memoryMb: optionalInteger("spec.limits.memory_mb", limits.memory_mb, [16, MEGABYTES[1]]),
    pids: optionalInteger("spec.limits.pids", limits.pids, [1, 4_194_304]),
    diskMb: optionalInteger("spec.limits.disk_mb", limits.disk_mb, MEGABYTES),
  };
}
