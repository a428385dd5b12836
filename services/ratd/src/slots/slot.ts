import { randomBytes } from "node:crypto";
import type { Transport } from "@connectrpc/connect";
import type { OnDown } from "../config/config.ts";
import type { SlotName } from "../config/schema.ts";
import type { Health } from "../health/health.ts";

/** What a caller of a plugin hands on: the request that the call serves. */
export interface CallContext {
  /** Carried to the plugin as X-Request-Id. */
  readonly requestId: string;
  /** W3C trace context, carried on; empty where there is none. */
  readonly traceparent: string;
  /** Ends the call when the caller is gone. */
  readonly signal: AbortSignal;
}

/** The context of a call whose answer others wait for too: it does not end with the request that happened to ask first. */
export function sharedContext({ requestId, traceparent }: CallContext): CallContext {
  return { requestId, traceparent, signal: NEVER };
}

const NEVER = new AbortController().signal;

/** The context of a call that no request caused. `what` names who makes it, in the plugin's log. */
export function newCallContext(what: string, signal: AbortSignal): CallContext {
  const trace = randomBytes(16).toString("hex");
  const span = trace.slice(0, 16);
  return { requestId: `${what}-${span}`, traceparent: `00-${trace}-${span}-00`, signal };
}

/** A plugin as the remote adapters see it. */
export interface RemotePlugin {
  readonly name: string;
  readonly slot: SlotName;
  readonly transport: Transport;
}

/**
 * One slot: its name, the adapter that speaks to a plugin, and the built-in that serves without one. Both
 * implement the same port.
 */
export interface SlotDefinition<Port> {
  readonly name: SlotName;
  readonly remote: (plugin: RemotePlugin) => Port;
  readonly builtin: Port;
  /** What the built-in does, one sentence. */
  readonly builtinBehaviour: string;
}

/** The states of a slot; the only words used in API, CLI, console and metrics. */
export const SLOT_STATES = ["active", "degraded", "fallback", "denying", "builtin", "unknown"] as const;
export type SlotState = (typeof SLOT_STATES)[number];

/** Who answers calls to a slot. */
export type ServedBy = "plugin" | "builtin" | "nobody";

/** How a slot stands: immutable, replaced as a whole. */
export interface SlotStatus {
  readonly slot: SlotName;
  readonly state: SlotState;
  readonly servedBy: ServedBy;
  /** Why, one sentence. */
  readonly reason: string;
  /** When the state began, milliseconds since 1970. */
  readonly since: number;
  readonly health: Health | undefined;
}

/** The state that follows from the configuration and the health. */
export function decide(
  plugin: { readonly name: string; readonly onDown: OnDown } | undefined,
  health: Pick<Health, "status" | "message"> | undefined,
  builtinBehaviour: string,
): Pick<SlotStatus, "state" | "servedBy" | "reason"> {
  if (plugin === undefined || health === undefined) {
    return { state: "builtin", servedBy: "builtin", reason: `Not configured. ${builtinBehaviour}` };
  }
  const because = health.message === "" ? "" : `: ${health.message}`;
  switch (health.status) {
    case "healthy":
      return { state: "active", servedBy: "plugin", reason: `${plugin.name} is healthy${because}.` };
    case "degraded":
      return { state: "degraded", servedBy: "plugin", reason: `${plugin.name} is degraded${because}.` };
    case "down":
      return {
        state: plugin.onDown === "deny" ? "denying" : "fallback",
        ...absent(plugin.onDown, builtinBehaviour, `${plugin.name} is down${because}.`),
      };
    case "unknown":
      return {
        state: "unknown",
        ...absent(plugin.onDown, builtinBehaviour, `The health of ${plugin.name} is unknown${because}.`),
      };
  }
}

/** Who answers while the plugin does not: a plugin that is not known to be well gets the posture of `on_down`. */
function absent(
  onDown: OnDown,
  builtinBehaviour: string,
  reason: string,
): Pick<SlotStatus, "servedBy" | "reason"> {
  return onDown === "deny"
    ? { servedBy: "nobody", reason: `${reason} on_down is deny: calls are refused.` }
    : { servedBy: "builtin", reason: `${reason} on_down is noop: ${builtinBehaviour}` };
}
