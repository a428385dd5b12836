import { HEALTH_WORDS } from "@rat/contracts/health-words";

/** What the health loop knows about a plugin: its own word, or that it has none. */
export const HEALTH_STATUSES = [...HEALTH_WORDS, "unknown"] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

/** Whether a plugin of this health gets calls. */
export function serves(status: HealthStatus): boolean {
  return status === "healthy" || status === "degraded";
}

/** What ratd knows about the health of one plugin. */
export interface Health {
  readonly status: HealthStatus;
  /** Why, one line; empty when there is nothing to say. */
  readonly message: string;
  /** When the status began, milliseconds since 1970. */
  readonly since: number;
  /** When the last check ended, milliseconds since 1970; undefined before the first. */
  readonly checkedAt: number | undefined;
}

/** What one check found. */
export type Observation =
  /** The plugin answered with a status. */
  | { readonly kind: "answer"; readonly status: HealthStatus; readonly message: string }
  /** There is no connection, or the plugin refuses its configuration: definitive. */
  | { readonly kind: "refused"; readonly message: string }
  /** No answer in time, or an error: to be confirmed by a second check. */
  | { readonly kind: "failed"; readonly message: string };

/** Reads a status exactly as written; an empty or unknown word is `unknown`, which is never healthy. */
export function readStatus(status: string, message: string): Observation {
  if (isStatus(status)) return { kind: "answer", status, message };
  const said = status === "" ? "an empty status" : `the status "${status.slice(0, 40)}"`;
  return {
    kind: "answer",
    status: "unknown",
    message: `the plugin answered with ${said}; allowed: ${HEALTH_WORDS.join(", ")}`,
  };
}

function isStatus(word: string): word is HealthStatus {
  return (HEALTH_STATUSES as readonly string[]).includes(word);
}

/** The best of the observations at several addresses; unless told not to, with a remark on those that do not answer. */
export function combine(observations: readonly Observation[], remarks = true): Observation {
  const [best, ...rest] = observations.toSorted((a, b) => rank(a) - rank(b));
  if (best === undefined) return { kind: "failed", message: "the plugin has no address" };
  const failing = rest.filter(({ kind }) => kind !== "answer");
  if (best.kind !== "answer" || failing.length === 0 || !remarks) return best;
  const remark = `${failing.length} of ${observations.length} addresses do not answer: ${failing[0]?.message}`;
  return { ...best, message: best.message === "" ? remark : `${best.message}; ${remark}` };
}

const RANKS = { healthy: 0, degraded: 1, unknown: 2, down: 3 } as const;

function rank(observation: Observation): number {
  if (observation.kind === "answer") return RANKS[observation.status];
  // A failed check may still be a slow plugin; a refused one is none at all.
  return observation.kind === "failed" ? 4 : 5;
}
