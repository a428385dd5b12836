import type { Health } from "./health-reporter.ts";
import type { PluginLog } from "./plugin-log.ts";

/** What a handler has at hand beside its request. */
export interface PluginContext<C> {
  /** The configuration in force: validated, defaults filled in. */
  readonly config: C;
  /** Structured log on stderr; values of `secret()` fields are censored. */
  readonly log: PluginLog;
  /** Tells the plugin's health. */
  readonly health: Health;
  /** Aborts when the caller's deadline passes, the caller leaves, or the plugin must end. */
  readonly signal: AbortSignal;
  /** The time. Use it instead of the system clock, so that tests can set it. */
  now(): Date;
  /** Refuses the caller: ends the call with `unauthenticated`. */
  deny(message: string): never;
}

/** What a lifecycle handler has at hand: as in a call, without a caller. */
export type LifecycleContext<C> = Omit<PluginContext<C>, "signal" | "deny">;
