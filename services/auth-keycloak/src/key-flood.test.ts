import { randomUUID } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { openAuthLab, type AuthLab } from "../../../tests/support/auth-keycloak-lab.ts";
import type { SigningProvider } from "../../../tests/support/signing-provider.ts";
import { until } from "../../../tests/support/until.ts";

const COOLDOWN_MS = 30_000;

/** Presents tokens with random key ids, all at once; answers the codes of the refusals, each once. */
async function flood(lab: AuthLab, tokens: number): Promise<Code[]> {
  const [, payload = "", signature = ""] = (await lab.token()).split(".");
  const calls = Array.from({ length: tokens }, async () => {
    const header = Buffer.from(JSON.stringify({ alg: "ES256", kid: randomUUID() })).toString("base64url");
    try {
      await lab.identify(`${header}.${payload}.${signature}`);
      return Code.Unknown;
    } catch (error) {
      return (error as { code: Code }).code;
    }
  });
  return [...new Set(await Promise.all(calls))];
}

test.each([
  ["the usual keys", () => undefined],
  ["no keys any more", (provider: SigningProvider) => (provider.keys = [])],
  ["a failing endpoint", (provider: SigningProvider) => (provider.jwks = { status: 500 })],
  [
    "an endpoint that answers nonsense",
    (provider: SigningProvider) => (provider.jwks = { status: 200, body: "<" }),
  ],
])("10,000 random key ids have the keys fetched once per cool-down: %s", async (_, change) => {
  const lab = await openAuthLab();
  change(lab.provider);
  lab.clock.advance(COOLDOWN_MS - 1);
  expect(await flood(lab, 2000)).toEqual([Code.Unauthenticated]);
  expect(lab.provider.fetches).toBe(1);
  for (let round = 2; round <= 5; round++) {
    lab.clock.advance(round === 2 ? 1 : COOLDOWN_MS);
    // A fetch that failed is repeated by the timer, which counts as the one of this cool-down.
    expect(await flood(lab, 2000)).toEqual([Code.Unauthenticated]);
    expect(lab.provider.fetches).toBe(round);
    lab.clock.advance(0);
    expect(await flood(lab, 500)).toEqual([Code.Unauthenticated]);
    expect(lab.provider.fetches).toBe(round);
  }
});

test("10,000 random key ids while the endpoint hangs wait for one fetch, no longer than the timeout", async () => {
  const lab = await openAuthLab();
  lab.provider.jwks = "hang";
  lab.clock.advance(COOLDOWN_MS);
  const flooding = flood(lab, 10_000);
  await until(() => lab.provider.fetches === 2);
  lab.clock.advance(3000);
  expect(await flooding).toEqual([Code.Unauthenticated]);
  expect(await flood(lab, 1000)).toEqual([Code.Unauthenticated]);
  expect(lab.provider.fetches).toBe(2);
  expect(lab.plugin.health()).toMatchObject({
    status: "degraded",
    message: expect.stringContaining("no answer within 3000 ms"),
  });
  // Those who hold a good token notice nothing.
  expect(await lab.identify(await lab.token())).toMatchObject({ userId: "alice" });
});

test("a key id that the provider does not have is asked for ever more rarely", async () => {
  const lab = await openAuthLab({ config: { jwks_max_age_seconds: 86_400 } });
  const stranger = await lab.token({ exp: lab.now() + 86_400 }, { kid: "gone" });
  for (let minute = 0; minute < 60; minute++) {
    lab.clock.advance(60_000);
    await expect(lab.identify(stranger)).rejects.toMatchObject({ code: Code.Unauthenticated });
  }
  // Once a minute would be 61.
  expect(lab.provider.fetches).toBeLessThanOrEqual(9);
});
