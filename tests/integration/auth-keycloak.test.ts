import { createClient } from "@connectrpc/connect";
import { Code } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { runConformance } from "@rat/conformance";
import { AuthService } from "@rat/contracts/auth";
import { PluginService } from "@rat/contracts/plugin";
import { expect, onTestFinished, test } from "vitest";
import { LOGIN_CLIENT, OpenidTestProvider, RESOURCE, SERVICE_CLIENT } from "../support/openid-provider.ts";
import { until } from "../support/until.ts";
import { startPlugin } from "./sdk-process.ts";

const MAIN = "services/auth-keycloak/src/main.ts";

async function startProvider(options: Parameters<typeof OpenidTestProvider.start>[0] = {}) {
  const provider = await OpenidTestProvider.start(options);
  onTestFinished(() => provider[Symbol.asyncDispose]());
  return provider;
}

/** The plugin as a process, for a provider. */
async function startAuth({ issuer }: { readonly issuer: string }, more: object = {}) {
  const config = {
    issuer,
    client_id: SERVICE_CLIENT.id,
    client_secret: SERVICE_CLIENT.secret,
    login_client_id: LOGIN_CLIENT,
    login_scopes: ["openid", "offline_access"],
    login_resource: RESOURCE,
    jwks_cooldown_seconds: 1,
    ...more,
  };
  const process = await startPlugin(MAIN, {
    RAT_PLUGIN_CONFIG: JSON.stringify(config),
    RAT_LOG_LEVEL: "debug",
  });
  const transport = createConnectTransport({
    baseUrl: process.url,
    httpVersion: "1.1",
    defaultTimeoutMs: 10_000,
  });
  const client = createClient(AuthService, transport);
  const health = async () => createClient(PluginService, transport).healthCheck({});
  return { ...process, health, client, identify: (token: string) => client.authenticate({ token }) };
}

test("people sign in with a real provider, and roles decide", async () => {
  const provider = await startProvider();
  const auth = await startAuth(provider);
  const alice = await provider.signIn("alice");
  const identity = await auth.identify(alice.access_token);
  expect(identity).toMatchObject({ userId: "alice", email: "alice@example.com", roles: ["admin", "editor"] });
  expect(Number(identity.expiresAt) * 1000).toBeGreaterThan(Date.now());
  const bob = await auth.identify((await provider.signIn("bob")).access_token);
  expect(bob).toMatchObject({ userId: "bob", roles: ["viewer"] });

  const may = async ({ userId, roles }: { userId: string; roles: string[] }) =>
    (await auth.client.authorize({ userId, roles, action: "share", resourceType: "table" })).allowed;
  expect(await may(identity)).toBe(true);
  expect(await may(bob)).toBe(false);

  // Tokens of the same provider that are not access tokens.
  for (const token of [alice.id_token, alice.refresh_token]) {
    await expect(auth.identify(token ?? "")).rejects.toMatchObject({ code: Code.Unauthenticated });
  }
  const again = await provider.refresh(alice.refresh_token ?? "");
  expect(await auth.identify(again.access_token)).toMatchObject({ userId: "alice" });
  expect(await auth.identify((await provider.serviceToken()).access_token)).toMatchObject({
    userId: "rat",
    roles: [],
  });
  expect(await auth.client.getLoginOptions({})).toMatchObject({
    issuer: provider.issuer,
    clientId: LOGIN_CLIENT,
    scopes: ["openid", "offline_access"],
    resource: RESOURCE,
  });
  for (const token of [
    alice.access_token,
    again.access_token,
    alice.refresh_token ?? "-",
    SERVICE_CLIENT.secret,
  ]) {
    expect(auth.log()).not.toContain(token);
  }
});

test("the ID token is refused also where its audience is the client", async () => {
  const provider = await startProvider();
  const auth = await startAuth(provider, { client_id: LOGIN_CLIENT, client_secret: undefined });
  const { id_token: token = "" } = await provider.signIn("alice");
  await expect(auth.identify(token)).rejects.toMatchObject({
    code: Code.Unauthenticated,
    rawMessage: expect.stringContaining("does not show that it is an access token"),
  });
});

test("the keys of the provider change, and nobody restarts anything", async () => {
  const provider = await startProvider();
  const auth = await startAuth(provider);
  const first = (await provider.signIn("alice")).access_token;
  await auth.identify(first);
  await provider.rotate({ keepOld: true });
  const second = (await provider.signIn("alice")).access_token;
  await until(() => auth.identify(second), { what: "the new key being known" });
  expect(await auth.identify(first)).toMatchObject({ userId: "alice" });
  await provider.rotate({ keepOld: false });
  const third = (await provider.signIn("bob")).access_token;
  await until(() => auth.identify(third), { what: "the third key being known" });
  for (const token of [first, second]) {
    await expect(auth.identify(token)).rejects.toMatchObject({ code: Code.Unauthenticated });
  }
});

test("a provider that goes away takes nobody with it, and one that comes late is found", async () => {
  const provider = await startProvider();
  const { access_token: token } = await provider.signIn("alice");
  await provider.close();
  const auth = await startAuth(provider);
  expect(await auth.health()).toMatchObject({
    status: "down",
    message: `cannot reach ${provider.issuer}: connection refused; check issuer`,
  });
  await provider.open();
  await until(async () => (await auth.health()).status === "healthy", { timeoutMs: 15_000 });
  expect(await auth.identify(token)).toMatchObject({ userId: "alice" });
  await provider.close();
  expect(await auth.identify(token)).toMatchObject({ userId: "alice" });
});

test("an opaque token that is revoked at the provider is refused at once", async () => {
  const provider = await startProvider();
  const auth = await startAuth(provider);
  const { access_token: token } = await provider.signIn("bob", {});
  expect(token).not.toContain(".");
  expect(await auth.identify(token)).toMatchObject({ userId: "bob", roles: ["viewer"], maxAgeMs: 5000 });
  await provider.revoke(token);
  await expect(auth.identify(token)).rejects.toMatchObject({ code: Code.Unauthenticated });
});

test("the plugin conforms", async () => {
  const provider = await startProvider();
  const auth = await startAuth(provider);
  const { access_token: token } = await provider.signIn("alice");
  const result = await runConformance("auth", { address: auth.url, config: { token, user_id: "alice" } });
  expect(result.cases.filter(({ status }) => status === "fail" || status === "known_fail")).toEqual([]);
  expect(result).toMatchObject({ passed: true, reachable: true });
  expect(
    result.cases.filter(({ name, status }) => name === "auth/valid-token" && status === "pass"),
  ).toHaveLength(3);
  auth.signal("SIGTERM");
  expect(await auth.exited).toBe(0);
});
