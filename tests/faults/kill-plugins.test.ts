import { afterAll, beforeAll, expect, it } from "vitest";
import { SLOT_NAMES, type SlotName } from "../../services/ratd/src/config/schema.ts";
import { unusedAddress } from "../support/fake-plugin.ts";
import { PluginProcess } from "../support/plugin-process.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const ROUNDS = Number(process.env["RAT_FAULT_ROUNDS"] ?? 100);
/** The promises: a killed plugin is seen within a second, its return within two. */
const SEEN_MS = 1000;
const BACK_MS = 2000;

const FEATURE: Readonly<Record<SlotName, string>> = {
  auth: "auth",
  executor: "container_executor",
  sharing: "sharing",
  enforcement: "enforcement",
  cloud: "cloud_aws",
};

let database: TestDatabase;
let rat: TestRatd;
const plugins = new Map<SlotName, PluginProcess>();

beforeAll(async () => {
  database = await createTestDatabase();
  const entries = await Promise.all(
    SLOT_NAMES.map(async (slot) => {
      const port = Number((await unusedAddress()).split(":")[1]);
      const plugin = new PluginProcess(`packages/plugin-sdk/examples/hello-${slot}.ts`, port);
      plugins.set(slot, plugin);
      await plugin.start();
      return [slot, { image: `rat/hello-${slot}:1`, address: plugin.address }] as const;
    }),
  );
  rat = await startTestRatd(database.connectionString, { plugins: Object.fromEntries(entries) });
});
afterAll(async () => {
  await rat[Symbol.asyncDispose]();
  await Promise.all([...plugins.values()].map((plugin) => plugin.kill()));
  await database[Symbol.asyncDispose]();
});

/** Whether /health and /features agree that the slot's plugin serves, or that it does not. */
async function shows(slot: SlotName, serving: boolean): Promise<boolean> {
  const [health, features] = await Promise.all([rat.call("/health"), rat.call("/features")]);
  const words = health.json["plugins"] as Record<string, string>;
  const slots = health.json["slots"] as Record<string, { state: string }>;
  return (
    words[`hello-${slot}`] === (serving ? "healthy" : "down") &&
    slots[slot]?.state === (serving ? "active" : "fallback") &&
    features.json[FEATURE[slot]] === serving
  );
}

it(
  `sees ${ROUNDS} kill -9 within a second each, and each return within two`,
  { timeout: ROUNDS * 10_000 },
  async () => {
    await until(async () => (await Promise.all(SLOT_NAMES.map((slot) => shows(slot, true)))).every(Boolean));
    const seen: number[] = [];
    const back: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const slot = SLOT_NAMES[Math.floor(Math.random() * SLOT_NAMES.length)] ?? "auth";
      const plugin = plugins.get(slot);
      if (plugin === undefined) throw new Error(`no plugin for ${slot}`);
      // Half of the kills hit a plugin under load.
      const load =
        round % 2 === 0
          ? Promise.allSettled(Array.from({ length: 20 }, () => rat.call("/api/v1/me")))
          : undefined;

      await plugin.kill();
      let start = performance.now();
      await until(() => shows(slot, false), {
        timeoutMs: SEEN_MS,
        what: `round ${round}: ${slot} seen as down`,
      });
      seen.push(performance.now() - start);

      await plugin.start();
      start = performance.now();
      await until(() => shows(slot, true), { timeoutMs: BACK_MS, what: `round ${round}: ${slot} back` });
      back.push(performance.now() - start);
      await load;
    }
    expect(seen).toHaveLength(ROUNDS);
    process.stdout.write(`kill -9 × ${ROUNDS}: ${summary("seen", seen)}; ${summary("back", back)}\n`);

    // Every transition is in the history: none lost, none invented.
    let events = { down: 0, healthyAgain: 0 };
    // A busy machine may let a check fail just now; what went down comes back.
    await until(async () => {
      events = await transitions();
      return events.down === events.healthyAgain;
    });
    expect(events.down).toBeGreaterThan(0);
  },
);

async function transitions(): Promise<{ down: number; healthyAgain: number }> {
  const counts = await Promise.all(
    SLOT_NAMES.map(async (slot) => {
      const { json } = await rat.operate(`/api/v1/plugins/hello-${slot}`);
      const history = json["health_history"] as { from: string; to: string }[];
      return {
        down: history.filter(({ to }) => to === "down").length,
        healthyAgain: history.filter(({ from, to }) => from === "down" && to === "healthy").length,
      };
    }),
  );
  return {
    down: counts.reduce((sum, { down }) => sum + down, 0),
    healthyAgain: counts.reduce((sum, { healthyAgain }) => sum + healthyAgain, 0),
  };
}

function summary(name: string, values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return `${name} p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms`;
}
