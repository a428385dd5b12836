import { PluginError } from "@rat/plugin-sdk";
import type { ContainerLimits } from "./engine.ts";
import type { ExecutorSettings } from "./executor-settings.ts";

/** The longest single argument or variable that Linux passes to a program, in bytes. */
const MAX_TEXT_BYTES = 131_071;
/** All arguments or all variables together, in bytes. */
const MAX_TOTAL_BYTES = 1024 * 1024;
const MAX_ITEMS = 1024;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
const LIMITS = ["memory_mb", "cpus", "pids", "disk_mb"] as const satisfies readonly (keyof ContainerLimits)[];
/** The least that a container starts with. */
const LEAST: ContainerLimits = { memory_mb: 16, cpus: 0.01, pids: 4, disk_mb: 1 };

/** Reads `spec.argv`. @throws PluginError `invalid_argument`. */
export function parseArgv(value: unknown): readonly [string, ...string[]] {
  if (!Array.isArray(value)) refuse("spec.argv", 'must be a list of texts, as in ["program", "argument"]');
  const items: readonly unknown[] = value;
  const texts = items.map((item, at) => text(`spec.argv[${at}]`, item));
  const [program, ...rest] = texts;
  if (program === undefined || program === "") refuse("spec.argv", "must begin with a program");
  bounded("spec.argv", texts);
  return [program, ...rest];
}

/** What a run is told by the executor itself. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  "RAT_RUN_ID",
  "RAT_ATTEMPT",
  "RAT_NAMESPACE",
  "RAT_LAYER",
  "RAT_PIPELINE",
  "RAT_WORKSPACE",
  "RAT_CREDENTIALS_FILE",
]);

/**
 * Reads a map of variables. A spec may use no `RAT_` name; ratd itself may, for what its triggers tell, but not those
 * of the executor. @throws PluginError `invalid_argument`.
 */
export function parseEnvironment(
  field: "spec.env" | "env" | "s3_credentials",
  value: unknown,
): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    refuse(field, "must be an object of texts");
  const entries = Object.entries(value).map(([name, item]) => {
    if (!VARIABLE.test(name)) refuse(`${field}.${name.slice(0, 40)}`, `must match ${VARIABLE.source}`);
    if (field === "env" ? OWN_NAMES.has(name) : name.startsWith("RAT_"))
      refuse(`${field}.${name}`, "names that begin with RAT_ are the executor's own");
    return [name, text(`${field}.${name}`, item)] as const;
  });
  bounded(
    field,
    entries.map(([name, item]) => `${name}=${item}`),
  );
  return Object.fromEntries(entries);
}

/** The limits of a run: those of the spec, else the defaults, and never above the maxima. */
export function parseLimits(value: unknown, kind: string, config: ExecutorSettings): ContainerLimits {
  const given: object = value === undefined ? {} : objectOf("spec.limits", value);
  for (const name of Object.keys(given)) {
    // The SQL job reads `threads` itself.
    if (name in LEAST || (kind === "sql" && name === "threads")) continue;
    refuse(`spec.limits.${name.slice(0, 40)}`, `is not one of ${LIMITS.join(", ")}`);
  }
  const wanted = new Map<string, unknown>(Object.entries(given));
  const limit = (name: keyof ContainerLimits): number => {
    const number = wanted.get(name) ?? config.limits[name];
    if (typeof number !== "number" || !Number.isFinite(number) || number < LEAST[name]) {
      refuse(`spec.limits.${name}`, `must be a number from ${LEAST[name]}`);
    }
    const most = Math.min(number, config.max_limits[name]);
    return name === "cpus" ? most : Math.floor(most);
  };
  return {
    memory_mb: limit("memory_mb"),
    cpus: limit("cpus"),
    pids: limit("pids"),
    disk_mb: limit("disk_mb"),
  };
}

function objectOf(field: string, value: unknown): object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(field, "must be an object");
  return value;
}

function text(field: string, value: unknown): string {
  if (typeof value !== "string") refuse(field, "must be a text");
  if (value.includes("\0")) refuse(field, "must not hold NUL");
  if (Buffer.byteLength(value) > MAX_TEXT_BYTES) refuse(field, `must not exceed ${MAX_TEXT_BYTES} bytes`);
  return value;
}

function bounded(field: string, texts: readonly string[]): void {
  if (texts.length > MAX_ITEMS) refuse(field, `must not have more than ${MAX_ITEMS} entries`);
  const bytes = texts.reduce((sum, item) => sum + Buffer.byteLength(item) + 1, 0);
  if (bytes > MAX_TOTAL_BYTES) refuse(field, `must not exceed ${MAX_TOTAL_BYTES} bytes in all`);
}

function refuse(field: string, reason: string): never {
  throw new PluginError("invalid_argument", `${field}: ${reason}`);
}
