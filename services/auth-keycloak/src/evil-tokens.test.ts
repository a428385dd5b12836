import { createServer } from "node:http";
import { once } from "node:events";
import { Code } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { openAuthLab } from "../../../tests/support/auth-keycloak-lab.ts";
import { evilTokens, unfitKeys } from "../../../tests/support/evil-tokens.ts";
import { until } from "../../../tests/support/until.ts";

const SKEW = 30;

/** Counts what an attacker's server is asked for. */
async function listenForCalls(): Promise<{ readonly url: string; count(): number }> {
  let count = 0;
  const server = createServer((_request, response) => {
    count++;
    response.end('{"keys":[]}');
  });
  server.on("connection", () => count++).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, count: () => count };
}

test("each token of the evil corpus is refused, nothing of it is told, and no attacker is asked", async () => {
  const lab = await openAuthLab({ config: { clock_skew_seconds: SKEW, algorithms: ["RS256", "ES256"] } });
  const unfit = unfitKeys();
  lab.provider.keys = [lab.key.jwk, ...unfit.published];
  lab.clock.advance(600_000);
  await until(() => lab.provider.fetches === 2);
  const attacker = await listenForCalls();
  const corpus = await evilTokens(lab, unfit, { attacker: attacker.url, skew: SKEW });
  expect(corpus.length).toBeGreaterThanOrEqual(30);
  expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);

  const outcomes = await Promise.all(
    corpus.map(async ({ name, token }) => {
      try {
        const { userId } = await lab.identify(token);
        return `${name}: taken as ${userId}`;
      } catch (error) {
        const { code, rawMessage } = error as { code: Code; rawMessage: string };
        expect(rawMessage.length).toBeLessThan(150);
        expect(rawMessage).not.toMatch(/alice|bob|evil|attacker|grafana|dev.null|SELECT/);
        return code === Code.Unauthenticated ? "refused" : `${name}: ${Code[code]} ${rawMessage}`;
      }
    }),
  );
  expect(outcomes.filter((outcome) => outcome !== "refused")).toEqual([]);
  expect(attacker.count()).toBe(0);
  // Neither did a crowd of strange tokens have the keys fetched over and over.
  expect(lab.provider.fetches).toBeLessThanOrEqual(3);
});

test("what is like an evil token but for its evil is taken", async () => {
  const { token, identify, now } = await openAuthLab({ config: { clock_skew_seconds: SKEW } });
  const good: [Record<string, unknown>?, object?][] = [
    [],
    [{}, { typ: "at+jwt" }],
    [{}, { typ: "application/at+JWT" }],
    [{}, { typ: undefined }],
    [{}, { jku: "https://evil.example", x5u: "https://evil.example", x5c: ["AAAA"] }],
    [{ exp: now() - SKEW + 1 }],
    [{ exp: now() + 0.5 }],
    [{ nbf: now() + SKEW }],
    [{ iat: now() + SKEW }],
    [{ iat: 0, nbf: 0 }],
    [{ aud: "rat" }],
    [{ aud: "account", azp: "rat" }],
    [{ typ: "bearer" }],
    [{ realm_access: undefined }],
    [{ realm_access: { roles: "not a list" }, resource_access: 7 }],
    [{ nested: { sub: "bob", deep: { sub: "carol" } }, text: '{"sub":"x","sub":"y"}' }],
  ];
  for (const [claims, header] of good) {
    expect(await identify(await token(claims, header)), JSON.stringify([claims, header])).toMatchObject({
      userId: "alice",
    });
  }
});
