import { isDeepStrictEqual } from "node:util";
import type { Config } from "./config.ts";
import type { RatYaml } from "./schema.ts";
import { HIDDEN, shownValue } from "./shown-value.ts";

/** When a changed key of rat.yaml counts: at once, or at the next start of ratd. */
export type Applies = "now" | "restart";

/** A key of rat.yaml whose value has changed. */
export interface ConfigChange {
  /** For example `plugins.auth.address`. */
  readonly key: string;
  /** In JSON, as it is written, without secrets; null when the key was not there. */
  readonly from: string | null;
  /** As `from`; null when the key is there no more. */
  readonly to: string | null;
  readonly applies: Applies;
}

/** What ratd can change while it runs. Every key has to say. */
export const APPLIES: Readonly<Record<keyof RatYaml, Applies>> = {
  listen: "restart",
  internal_listen: "restart",
  database_url: "restart",
  edition: "restart",
  plugins: "now",
  services: "now",
  cors: "restart",
  trusted_proxies: "restart",
  role_permissions: "now",
  cache: "now",
  limits: "now",
  runs: "restart",
  log: "restart",
};

/** The keys that differ, in the order of their names. */
export function diffConfig(before: Compared, after: Compared): readonly ConfigChange[] {
  const from = leavesOf(before.yaml);
  const to = leavesOf(after.yaml);
  const [shownFrom, shownTo] = [leavesOf(before.written), leavesOf(after.written)];
  const keys = [...new Set([...from.keys(), ...to.keys()])].toSorted();
  return keys.flatMap((key) => {
    if (isDeepStrictEqual(from.get(key), to.get(key))) return [];
    const old = from.has(key) ? shownValue(key, shownFrom.get(key)) : null;
    const young = to.has(key) ? shownValue(key, shownTo.get(key)) : null;
    const same = old === young && old !== HIDDEN;
    return [{ key, from: old, to: same ? `${old} ${CHANGED}` : young, applies: appliesOf(key) }];
  });
}

/** What is compared of a configuration, and what is shown of it. */
type Compared = Pick<Config, "yaml" | "written">;

/** Said of a value that looks as before: it names a file or a variable, or what differs is not shown. */
const CHANGED = "(changed)";

/** The part of a rat.yaml that a running ratd can have: the new one, but for the keys that wait for the next start. */
export function applicable<Yaml extends object>(running: Yaml, after: Yaml): Yaml {
  return Object.fromEntries(
    Object.entries(APPLIES).flatMap(([key, applies]) => {
      const value: unknown = Reflect.get(applies === "now" ? after : running, key);
      return value === undefined ? [] : [[key, value]];
    }),
  ) as Yaml;
}

function appliesOf(key: string): Applies {
  const top = Object.keys(APPLIES).find((name) => key === name || key.startsWith(`${name}.`));
  return top === undefined ? "restart" : APPLIES[top as keyof RatYaml];
}

/**
 * Every value by the path of its key; lists and empty mappings count as one value, and so does each setting of a plugin:
 * the names within it are its own, and may be secrets.
 */
function leavesOf(value: unknown, path = "", leaves = new Map<string, unknown>()): Map<string, unknown> {
  const entries = isMapping(value) && !SETTING.test(path) ? Object.entries(value) : [];
  if (entries.length === 0) {
    if (value !== undefined && path !== "") leaves.set(path, value);
    return leaves;
  }
  for (const [key, item] of entries) leavesOf(item, path === "" ? key : `${path}.${key}`, leaves);
  return leaves;
}

const SETTING = /^plugins\.[^.]+\.config\./;

function isMapping(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
