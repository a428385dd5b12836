import { randomUUID } from "node:crypto";
import { createPluginLog, type HealthReading } from "@rat/plugin-sdk";
import { expect, onTestFinished, test } from "vitest";
import { createManualClock, type ManualClock } from "../../../tests/support/manual-clock.ts";
import { makeSigningKey, SigningProvider } from "../../../tests/support/signing-provider.ts";
import { until } from "../../../tests/support/until.ts";
import { OpenidProvider } from "./openid-provider.ts";

const COOLDOWN_MS = 30_000;

interface Lab {
  readonly provider: SigningProvider;
  readonly known: OpenidProvider;
  readonly clock: ManualClock;
  health(): HealthReading | undefined;
}

async function openLab(maxAgeMs = 600_000): Promise<Lab> {
  const provider = await SigningProvider.start([await makeSigningKey("key-1")]);
  onTestFinished(() => provider[Symbol.asyncDispose]());
  const clock = createManualClock();
  let health: HealthReading | undefined;
  const known = new OpenidProvider({
    settings: {
      issuer: provider.issuer,
      base: provider.issuer,
      setting: "issuer",
      algorithms: ["ES256"],
      allowHttp: false,
      timeoutMs: 3000,
      cooldownMs: COOLDOWN_MS,
      maxAgeMs,
      maxStaleMs: 86_400_000,
    },
    log: createPluginLog({ name: "auth-keycloak", slot: "auth", level: "silent", secrets: [] }),
    now: clock.now,
    after: clock.after,
    tell: (reading) => (health = reading),
  });
  onTestFinished(() => known[Symbol.dispose]());
  await known.refresh();
  return { provider, known, clock, health: () => health };
}

/** Asks for random keys, all at once, and expects that there are none. */
async function flood({ known }: Lab, ids = 10_000): Promise<void> {
  const keys = await Promise.all(Array.from({ length: ids }, () => known.key(randomUUID(), "ES256")));
  expect(keys.every((key) => key === undefined)).toBe(true);
}

test.each([
  ["the usual keys", () => undefined],
  ["no keys any more", (provider: SigningProvider) => (provider.keys = [])],
  ["a failing endpoint", (provider: SigningProvider) => (provider.jwks = { status: 500 })],
  ["an endpoint of nonsense", (provider: SigningProvider) => (provider.jwks = { status: 200, body: "<" })],
])("10,000 random key ids have the keys fetched once per cool-down: %s", async (_, change) => {
  const lab = await openLab();
  const { provider, clock } = lab;
  change(provider);
  clock.advance(COOLDOWN_MS - 1);
  await flood(lab);
  expect(provider.fetches).toBe(1);
  for (let round = 2; round <= 5; round++) {
    clock.advance(1);
    await flood(lab);
    await flood(lab);
    clock.advance(COOLDOWN_MS - 1);
    await flood(lab);
    expect(provider.fetches).toBe(round);
  }
});

test("10,000 random key ids while the endpoint hangs wait for one fetch, no longer than the timeout", async () => {
  const lab = await openLab();
  const { provider, clock, known } = lab;
  provider.jwks = "hang";
  clock.advance(COOLDOWN_MS);
  const flooding = flood(lab);
  await until(() => provider.fetches === 2);
  // Whoever has a known key does not wait.
  expect(await known.key("key-1", "ES256")).toBeDefined();
  clock.advance(3000);
  await flooding;
  await flood(lab);
  expect(provider.fetches).toBe(2);
  expect(lab.health()).toMatchObject({
    status: "degraded",
    message: expect.stringContaining("no answer within 3000 ms"),
  });
  clock.advance(COOLDOWN_MS - 3001);
  await flood(lab);
  expect(provider.fetches).toBe(2);
});

test("a clock that is set back does not stop the look for new keys", async () => {
  const lab = await openLab();
  lab.clock.advance(600_000);
  await until(() => lab.provider.fetches === 2);
  lab.clock.advance(-300_000);
  await flood(lab);
  expect(lab.provider.fetches).toBe(3);
});

test("a key id that the provider does not have is looked for ever more rarely, and found when it comes", async () => {
  const lab = await openLab(3_600_000);
  const { provider, clock, known } = lab;
  for (let minute = 0; minute < 59; minute++) {
    clock.advance(60_000);
    expect(await known.key("gone", "ES256")).toBeUndefined();
  }
  // Once per cool-down would be 60.
  expect(provider.fetches).toBeGreaterThan(3);
  expect(provider.fetches).toBeLessThan(9);
  provider.keys = [(await makeSigningKey("gone")).jwk];
  clock.advance(3_600_000);
  expect(await until(() => known.key("gone", "ES256"))).toBeDefined();
});
