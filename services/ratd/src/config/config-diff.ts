import type { RatYaml } from "./schema.ts";

/** When a changed key of rat.yaml counts: at once, or at the next start of ratd. */
export type Applies = "now" | "restart";

/** A key of rat.yaml whose value has changed. */
export interface ConfigChange {
  /** For example `plugins.auth.address`. */
  readonly key: string;
  /** As JSON, without secrets; null when the key was not there. */
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
  role_permissions: "restart",
  cache: "restart",
  limits: "restart",
  runs: "restart",
  log: "restart",
};

const HIDDEN = "(hidden)";

/** The keys that differ, in the order of their names. */
export function diffConfig(before: RatYaml, after: RatYaml): readonly ConfigChange[] {
  const from = leavesOf(before);
  const to = leavesOf(after);
  const keys = [...new Set([...from.keys(), ...to.keys()])].toSorted();
  return keys.flatMap((key) => {
    const [old, young] = [from.get(key), to.get(key)];
    if (old === young) return [];
    const change = { key, from: shown(key, old), to: shown(key, young), applies: appliesOf(key) };
    return [change];
  });
}

/** The yaml that a running ratd can have: the new one, but for the keys that wait for the next start. */
export function applicable(running: RatYaml, after: RatYaml): RatYaml {
  const keys = Object.keys(APPLIES) as (keyof RatYaml)[];
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = (APPLIES[key] === "now" ? after : running)[key];
      return value === undefined ? [] : [[key, value]];
    }),
  ) as RatYaml;
}

function appliesOf(key: string): Applies {
  const top = Object.keys(APPLIES).find((name) => key === name || key.startsWith(`${name}.`));
  return top === undefined ? "restart" : APPLIES[top as keyof RatYaml];
}

/** Every value by the path of its key; lists and empty mappings count as one value. */
function leavesOf(value: unknown, path = "", leaves = new Map<string, string>()): Map<string, string> {
  const entries = isMapping(value) ? Object.entries(value) : [];
  if (entries.length === 0) {
    if (value !== undefined && path !== "") leaves.set(path, JSON.stringify(value));
    return leaves;
  }
  for (const [key, item] of entries) leavesOf(item, path === "" ? key : `${path}.${key}`, leaves);
  return leaves;
}

function isMapping(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Settings of plugins may hold secrets, and so may the user part of a URL. */
function shown(key: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  if (key === "database_url" || /^plugins\.[^.]+\.config(\.|$)/.test(key)) return HIDDEN;
  return value.replace(/(\/\/)[^/@"]*@/, "$1***@");
}
