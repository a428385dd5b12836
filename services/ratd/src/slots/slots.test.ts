import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OnDown, PluginConfig } from "../config/config.ts";
import { SLOT_NAMES, type SlotName } from "../config/schema.ts";
import { RatError } from "../errors.ts";
import type { Health } from "../health/health.ts";
import { SLOT_TABLE, type RemotePorts } from "./slot-table.ts";
import type { SlotSnapshot } from "./slot-snapshot.ts";
import { Slots } from "./slots.ts";

function plugin(slot: SlotName, onDown: OnDown): PluginConfig {
  return {
    name: `the-${slot}`,
    slot,
    image: "x:1",
    address: { host: "x", port: 1 },
    config: undefined,
    onDown,
    protocol: "auto",
    tls: undefined,
    dialTimeoutMs: 1,
    rpcTimeoutMs: 1,
    healthIntervalMs: 1,
    healthTimeoutMs: 1,
    failureThreshold: 1,
  };
}

function createSlots(plugins: readonly PluginConfig[]) {
  const transitions: string[] = [];
  const remotes: RemotePorts = {};
  // A port that can be told from the built-in is all that is needed.
  for (const { slot } of plugins) Object.assign(remotes, { [slot]: { ...SLOT_TABLE[slot].builtin } });
  const slots = new Slots({
    plugins,
    remotes,
    clock: { now: () => 0, monotonic: () => 0, after: () => () => undefined },
    retryAfterSeconds: () => 7,
    onTransition: (before, after) => transitions.push(`${after.slot}: ${before.state} -> ${after.state}`),
    onStandIn: () => undefined,
  });
  return { slots, remotes, transitions };
}

/** Who answers under a snapshot. */
function serving(snapshot: SlotSnapshot, slot: SlotName, remotes: RemotePorts): string {
  try {
    const port = snapshot.use(slot);
    return port === remotes[slot] ? "plugin" : port === SLOT_TABLE[slot].builtin ? "builtin" : "stranger";
  } catch (error) {
    return RatError.from(error).code;
  }
}

const health = (status: Health["status"]) => ({ status, message: "", since: 0, checkedAt: 0 });
const arbitrarySlot = fc.constantFrom(...SLOT_NAMES);
const arbitraryStatus = fc.constantFrom<Health["status"]>("healthy", "degraded", "down", "unknown");

describe("Slots", () => {
  it("starts with the posture of on_down for a plugin that was not yet checked", () => {
    const { slots, remotes } = createSlots([plugin("auth", "noop"), plugin("enforcement", "deny")]);
    const now = slots.current();
    expect(now.statuses.auth).toMatchObject({ state: "unknown", servedBy: "builtin" });
    expect(serving(now, "enforcement", remotes)).toBe("slot_denying");
    expect(now.statuses.cloud.state).toBe("builtin");
    expect(now.fallbackActive).toBe(true);
  });

  it("tells a refused caller when the next check is due", () => {
    const { slots } = createSlots([plugin("cloud", "deny")]);
    slots.update("cloud", health("down"));
    expect(() => slots.current().use("cloud")).toThrow(expect.objectContaining({ retryAfterSeconds: 7 }));
    expect(slots.standIns("cloud")).toBe(1);
  });

  it("tells of changes of state only", () => {
    const { slots, transitions } = createSlots([plugin("auth", "noop")]);
    for (const status of ["healthy", "healthy", "down", "down", "healthy"] as const)
      slots.update("auth", health(status));
    expect(transitions).toEqual([
      "auth: unknown -> active",
      "auth: active -> fallback",
      "auth: fallback -> active",
    ]);
  });

  it("serves every request by the state at its start, whatever happens meanwhile", () => {
    const posture = fc.constantFrom<OnDown>("noop", "deny");
    const command = fc.oneof(
      fc.record({ kind: fc.constant("health" as const), slot: arbitrarySlot, status: arbitraryStatus }),
      fc.record({ kind: fc.constant("request" as const), slot: arbitrarySlot }),
    );
    fc.assert(
      fc.property(
        fc.array(posture, { minLength: 5, maxLength: 5 }),
        fc.array(command, { maxLength: 60 }),
        (postures, commands) => {
          const plugins = SLOT_NAMES.map((slot, index) => plugin(slot, postures[index] ?? "noop"));
          const { slots, remotes } = createSlots(plugins);
          const model = new Map<SlotName, Health["status"]>(SLOT_NAMES.map((slot) => [slot, "unknown"]));
          const open: { snapshot: SlotSnapshot; slot: SlotName; expected: string }[] = [];
          for (const { kind, slot, ...rest } of commands) {
            if (kind === "health" && "status" in rest) {
              slots.update(slot, health(rest.status));
              model.set(slot, rest.status);
            } else {
              const status = model.get(slot);
              const down = postures[SLOT_NAMES.indexOf(slot)] === "deny" ? "slot_denying" : "builtin";
              const expected = status === "healthy" || status === "degraded" ? "plugin" : down;
              open.push({ snapshot: slots.current(), slot, expected });
            }
          }
          // The requests end after everything has changed.
          for (const { snapshot, slot, expected } of open)
            expect(serving(snapshot, slot, remotes)).toBe(expected);
        },
      ),
      { numRuns: 500 },
    );
  });
});
