import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { openAuthLab, type AuthLab } from "../../../tests/support/auth-keycloak-lab.ts";
import { until } from "../../../tests/support/until.ts";

const config = { client_secret: "s3cret:%&/ä" };
const OPAQUE = "opaque-token-4711";

/** What a provider says of an opaque token of alice. */
const answer = (lab: AuthLab, more: object = {}): Record<string, unknown> => ({
  active: true,
  token_type: "Bearer",
  client_id: "rat",
  sub: "alice",
  exp: lab.now() + 300,
  realm_access: { roles: ["admin"] },
  ...more,
});

test("an opaque token is what the provider says, for five seconds", async () => {
  const lab = await openAuthLab({ config });
  lab.provider.introspected.set(OPAQUE, answer(lab));
  expect(await lab.identify(OPAQUE)).toMatchObject({
    userId: "alice",
    roles: ["admin"],
    expiresAt: BigInt(lab.now() + 300),
    maxAgeMs: 5000,
  });
  const { authorization, body } = lab.provider.lastIntrospection ?? {};
  expect(body).toBe(`token=${OPAQUE}&token_type_hint=access_token`);
  const credentials = Buffer.from(authorization?.replace("Basic ", "") ?? "", "base64").toString();
  // Form-encoded before they are joined: the secret may hold a colon.
  expect(credentials).toBe("rat:s3cret%3A%25%26%2F%C3%A4");
  lab.provider.introspected.delete(OPAQUE);
  await expect(lab.identify(OPAQUE)).rejects.toMatchObject({ code: Code.Unauthenticated });
});

test.each<[string, object]>([
  ["active a text", { active: "true" }],
  ["active 1", { active: 1 }],
  ["no active", { active: undefined }],
  ["another issuer", { iss: "https://evil.example" }],
  ["another audience", { aud: "grafana", client_id: "grafana" }],
  ["another client", { client_id: "grafana" }],
  ["no client", { client_id: undefined }],
  ["no subject", { sub: undefined }],
  ["no end", { exp: undefined }],
  ["an end in the past", { exp: 1 }],
  ["a beginning in the future", { nbf: 4e9 }],
  ["a refresh token", { token_type: undefined }],
  ["a refresh token of Keycloak", { typ: "Refresh" }],
  ["a DPoP token", { token_type: "DPoP" }],
  ["a bound token", { cnf: { jkt: "x" } }],
])("an answer with %s is no identity", async (_, more) => {
  const lab = await openAuthLab({ config });
  lab.provider.introspected.set(OPAQUE, answer(lab, more));
  await expect(lab.identify(OPAQUE)).rejects.toMatchObject({ code: Code.Unauthenticated });
});

test.each([
  ["a string", "[]", "is not a JSON object"],
  ["HTML", "<html>", "is not JSON"],
])("an answer that is %s is a fault of the provider", async (_, body, message) => {
  const lab = await openAuthLab({ config });
  lab.provider.introspection = { status: 200, body };
  await expect(lab.identify(OPAQUE)).rejects.toMatchObject({
    code: Code.Unavailable,
    rawMessage: expect.stringContaining(message),
  });
});

test("a wrong secret shows in the health, until it is right", async () => {
  const lab = await openAuthLab({ config });
  lab.provider.introspection = { status: 401 };
  await expect(lab.identify(OPAQUE)).rejects.toMatchObject({ code: Code.Unavailable });
  expect(lab.plugin.health()).toMatchObject({
    status: "degraded",
    message: expect.stringContaining("the answer is 401; check client_id and client_secret"),
  });
  // Signed tokens do not need it.
  expect(await lab.identify(await lab.token())).toMatchObject({ userId: "alice" });
  lab.provider.introspection = "normal";
  await expect(lab.identify(OPAQUE)).rejects.toMatchObject({ code: Code.Unauthenticated });
  expect(lab.plugin.health().status).toBe("healthy");
});

test("another secret gets another chance, and a question cut off by it is no fault of the provider", async () => {
  const lab = await openAuthLab({ config });
  lab.provider.introspection = { status: 401 };
  await expect(lab.identify(OPAQUE)).rejects.toMatchObject({ code: Code.Unavailable });
  lab.provider.introspection = "hang";
  const cutOff = lab.identify(OPAQUE).catch((error: unknown) => error);
  await until(() => lab.provider.asked.get("/introspect") === 2);
  const { issuer } = lab.provider;
  await lab.plugin.plugin.configure({ config: { issuer, client_id: "rat", client_secret: "right" } });
  expect(await cutOff).toMatchObject({ code: Code.Unavailable });
  expect(lab.plugin.health().status).toBe("healthy");
});

test("without a secret, and with never, nobody is asked", async () => {
  for (const settings of [{}, { ...config, introspection: "never" }]) {
    const lab = await openAuthLab({ config: settings });
    lab.provider.introspected.set(OPAQUE, answer(lab));
    await expect(lab.identify(OPAQUE)).rejects.toMatchObject({ code: Code.Unauthenticated });
    expect(lab.provider.asked.has("/introspect")).toBe(false);
  }
});

test("auto asks about opaque tokens only; always asks about signed ones too, when their signature fits", async () => {
  const auto = await openAuthLab({ config });
  await auto.identify(await auto.token());
  expect(auto.provider.asked.has("/introspect")).toBe(false);

  const lab = await openAuthLab({ config: { ...config, introspection: "always" } });
  const token = await lab.token();
  await expect(lab.identify(token)).rejects.toMatchObject({ code: Code.Unauthenticated });
  lab.provider.introspected.set(token, lab.claims({ active: true }));
  expect(await lab.identify(token)).toMatchObject({ userId: "alice", maxAgeMs: 5000 });
  const asked = lab.provider.asked.get("/introspect");
  await expect(lab.identify(`${token}x`)).rejects.toMatchObject({ code: Code.Unauthenticated });
  expect(lab.provider.asked.get("/introspect")).toBe(asked);
});

test("a lightweight token is filled up by introspection, and judged by that", async () => {
  const lab = await openAuthLab({ config: { ...config, introspection: "always" } });
  const token = await lab.token({
    aud: undefined,
    sub: undefined,
    realm_access: undefined,
    email: undefined,
  });
  lab.provider.introspected.set(token, lab.claims({ active: true }));
  expect(await lab.identify(token)).toMatchObject({ userId: "alice", roles: ["admin"] });
  lab.provider.introspected.set(token, lab.claims({ active: true, aud: "grafana", azp: "grafana" }));
  await expect(lab.identify(token)).rejects.toMatchObject({ code: Code.Unauthenticated });
});

test.each(["", "null", "short", " blank ", "line\nbreak", "x".repeat(20_000), "ä".repeat(20)])(
  "a text that no bearer token is is not asked about: %j",
  async (token) => {
    const lab = await openAuthLab({ config });
    await expect(lab.identify(token)).rejects.toMatchObject({ code: Code.Unauthenticated });
    expect(lab.provider.asked.has("/introspect")).toBe(false);
  },
);

test("a hanging provider is asked about 16 tokens at a time, and the rest is turned away", async () => {
  const lab = await openAuthLab({ config });
  lab.provider.introspection = "hang";
  const calls = Array.from({ length: 400 }, async (_, index) =>
    lab.identify(`opaque-token-${index}`).then(
      () => Code.Unknown,
      (error: unknown) => (error as { code: Code }).code,
    ),
  );
  await until(() => lab.provider.asked.get("/introspect") === 16);
  const codes: Code[] = [];
  for (const call of calls) void call.then((code) => codes.push(code));
  await until(() => codes.filter((code) => code === Code.ResourceExhausted).length === 400 - 16 - 256);
  for (let batch = 1; batch <= 17; batch++) {
    await until(() => lab.provider.asked.get("/introspect") === batch * 16);
    lab.clock.advance(3000);
  }
  await until(() => codes.length === 400);
  expect(codes.filter((code) => code === Code.Unavailable)).toHaveLength(272);
});
