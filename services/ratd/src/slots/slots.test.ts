import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OnDown } from "../config/config.ts";
import { SLOT_NAMES, type SlotName } from "../config/schema.ts";
import { RatError } from "../errors.ts";
import { HEALTH_STATUSES, type Health, type HealthStatus } from "../health/health.ts";
import { portOf, unbound, type BoundPlugin } from "./slot-binding.ts";
import { SLOT_TABLE, type Ports } from "./slot-table.ts";
import { Slots } from "./slots.ts";

const clock = { now: () => 0, monotonic: () => 0, after: () => () => undefined };

const health = (status: HealthStatus): Health => ({ status, message: "", since: 0, checkedAt: 0 });

const plugin = (id: string, onDown: OnDown = "noop"): BoundPlugin => ({
  id,
  name: `the ${id}`,
  onDown,
  retryAfterSeconds: () => 7,
});

/** Ports that can be told apart: that is all that is needed of them. */
class LabelledPorts {
  readonly #labels = new Map<unknown, string>(
    SLOT_NAMES.map((slot) => [SLOT_TABLE[slot].builtin, "builtin"]),
  );

  of<S extends SlotName>(slot: S, label: string): Ports[S] {
    const port = { ...SLOT_TABLE[slot].builtin };
    this.#labels.set(port, label);
    return port;
  }

  /** Who answers: the label of a port, or the code of a refusal. */
  who(use: () => unknown): string {
    try {
      return this.#labels.get(use()) ?? "a stranger";
    } catch (error) {
      return RatError.from(error).code;
    }
  }
}

describe("Slots", () => {
  it("has built-ins where nothing is bound", () => {
    const slots = new Slots({ clock });
    expect(slots.current().statuses.auth).toMatchObject({ state: "builtin", servedBy: "builtin" });
    expect(slots.current().fallbackActive).toBe(false);
  });

  it("starts with the posture of on_down for a plugin that was not yet checked", () => {
    const slots = new Slots({ clock });
    const ports = new LabelledPorts();
    slots.bind("auth", plugin("a"), ports.of("auth", "a"), { ...health("unknown"), checkedAt: undefined });
    slots.bind("cloud", plugin("c", "deny"), ports.of("cloud", "c"), health("unknown"));
    expect(slots.current().statuses.auth).toMatchObject({ state: "unknown", servedBy: "builtin" });
    expect(ports.who(() => slots.current().use("cloud"))).toBe("slot_denying");
    expect(slots.current().fallbackActive).toBe(true);
  });

  it("tells a refused caller when the next check is due", () => {
    const slots = new Slots({ clock });
    slots.bind("cloud", plugin("c", "deny"), new LabelledPorts().of("cloud", "c"), health("healthy"));
    slots.update("c", health("down"));
    expect(() => slots.current().use("cloud")).toThrow(expect.objectContaining({ retryAfterSeconds: 7 }));
    expect(slots.standIns("cloud")).toBe(1);
  });

  it("refuses when a plugin serves by its status but has no port", () => {
    const { status } = unbound("auth", undefined, 0);
    const binding = {
      plugin: plugin("a"),
      port: undefined,
      status: { ...status, servedBy: "plugin" as const },
    };
    expect(() => portOf(binding)).toThrow(expect.objectContaining({ code: "slot_denying" }));
  });

  it("takes health of a plugin that holds no slot for nobody's", () => {
    const slots = new Slots({ clock });
    const ports = new LabelledPorts();
    slots.bind("auth", plugin("a#1", "deny"), ports.of("auth", "old"), health("healthy"));
    slots.bind("auth", plugin("a#2", "deny"), ports.of("auth", "new"), health("healthy"));
    slots.update("a#1", health("down"));
    expect(ports.who(() => slots.current().use("auth"))).toBe("new");
  });

  it("tells of changes of state, plugin and posture only", () => {
    const slots = new Slots({ clock });
    const port = new LabelledPorts().of("auth", "a");
    const told: string[] = [];
    slots.onChange((before, after) =>
      told.push(`${before.status.state} ${before.plugin?.id} -> ${after.status.state} ${after.plugin?.id}`),
    );
    slots.bind("auth", plugin("a"), port, health("healthy"));
    for (const status of ["healthy", "down", "down", "healthy"] as const) slots.update("a", health(status));
    slots.bind("auth", plugin("b"), port, health("healthy"));
    slots.bind("auth", plugin("b", "deny"), port, health("healthy"));
    slots.unbind("auth");
    slots.unbind("auth");
    expect(told).toEqual([
      "builtin undefined -> active a",
      "active a -> fallback a",
      "fallback a -> active a",
      "active a -> active b",
      "active b -> active b",
      "active b -> builtin undefined",
    ]);
  });
});

/** What the property drives: Slots, or one with a planted fault. */
type Subject = Pick<Slots, "bind" | "unbind" | "update" | "current">;

// Few slots and plugins, so that they meet often.
const slotName = fc.constantFrom<SlotName>("auth", "enforcement");
const status = fc.constantFrom(...HEALTH_STATUSES);
const command = fc.oneof(
  fc.record({ kind: fc.constant("bind" as const), slot: slotName, status, deny: fc.boolean() }),
  fc.record({ kind: fc.constant("unbind" as const), slot: slotName }),
  // Any plugin that ever was: bound now, replaced, or unbound.
  fc.record({ kind: fc.constant("update" as const), plugin: fc.integer({ min: 1, max: 8 }), status }),
  fc.record({ kind: fc.constant("request" as const), slot: slotName }),
);

/**
 * Whatever is bound, unbound, updated and reloaded: a request is answered as things stood at its start, by the plugin
 * that held the slot then if it served, and a slot that denies lets nobody pass.
 */
function checkSlots(create: () => Subject): void {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const slots = create();
      const ports = new LabelledPorts();
      const model = new Map<SlotName, { id: string; deny: boolean; status: HealthStatus }>();
      const requests: { answer: () => unknown; expected: string }[] = [];
      let starts = 0;
      for (const step of commands) {
        if (step.kind === "bind") {
          const id = `p${(starts += 1)}`;
          const posture = step.deny ? "deny" : "noop";
          slots.bind(step.slot, plugin(id, posture), ports.of(step.slot, id), health(step.status));
          model.set(step.slot, { id, deny: step.deny, status: step.status });
        } else if (step.kind === "unbind") {
          slots.unbind(step.slot);
          model.delete(step.slot);
        } else if (step.kind === "update") {
          slots.update(`p${step.plugin}`, health(step.status));
          for (const held of model.values()) if (held.id === `p${step.plugin}`) held.status = step.status;
        } else {
          const held = model.get(step.slot);
          const serves = held?.status === "healthy" || held?.status === "degraded";
          const expected = serves ? held.id : held?.deny === true ? "slot_denying" : "builtin";
          const snapshot = slots.current();
          requests.push({ answer: () => snapshot.use(step.slot), expected });
        }
      }
      // The requests end after everything has changed.
      for (const { answer, expected } of requests) expect(ports.who(answer)).toBe(expected);
    }),
    { numRuns: 500, seed: 10 },
  );
}

describe("every sequence of bind, unbind, update and request", () => {
  it("leaves a request with what it began with, and opens no slot that denies", () => {
    expect(() => checkSlots(() => new Slots({ clock }))).not.toThrow();
  });

  it.each<readonly [string, (slots: Slots) => Subject]>([
    [
      "a snapshot that asks the slots anew",
      (slots) =>
        facade(slots, {
          current: () => facade(slots.current(), { use: (slot) => slots.current().use(slot) }),
        }),
    ],
    [
      "a refusal that falls to the built-in",
      (slots) =>
        facade(slots, {
          current: () => {
            const snapshot = slots.current();
            const use = <S extends SlotName>(slot: S): Ports[S] => {
              try {
                return snapshot.use(slot);
              } catch {
                return SLOT_TABLE[slot].builtin;
              }
            };
            return facade(snapshot, { use });
          },
        }),
    ],
    [
      "health that reaches the slot of a plugin that was replaced",
      (slots) => {
        const former = new Map<string, SlotName>();
        return facade(slots, {
          bind(slot, bound, port, state) {
            former.set(bound.id, slot);
            slots.bind(slot, bound, port, state);
          },
          update(id, state) {
            const slot = former.get(id);
            const now = slot && slots.current().bindings[slot].plugin;
            if (now !== undefined) slots.update(now.id, state);
          },
        });
      },
    ],
    ["an unbind that does nothing", (slots) => facade(slots, { unbind: () => undefined })],
  ])("finds a planted fault: %s", (_, plant) => {
    expect(() => checkSlots(() => plant(new Slots({ clock })))).toThrow(/Property failed/);
  });
});

/** An object with some methods replaced. */
function facade<T extends object>(object: T, methods: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      const value: unknown = name in methods ? Reflect.get(methods, name) : Reflect.get(target, name, target);
      return typeof value === "function" ? (value as (...args: never[]) => unknown).bind(target) : value;
    },
  });
}
