import { Code, ConnectError } from "@connectrpc/connect";
import { Type } from "typebox";
import { expect, test } from "vitest";
import { definePlugin } from "./define-plugin.ts";
import { PLUGIN_ERROR_CODES, PluginError } from "./plugin-error.ts";
import { secret } from "./secret.ts";
import type { Credentials } from "./slots/cloud/handlers.ts";
import { testPlugin } from "./test-plugin.ts";

const basics = { name: "sample", version: "1.2.3" };
const allow = (): { allowed: boolean } => ({ allowed: true });

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => expect.fail("the call should fail"),
    (error: unknown) => ConnectError.from(error),
  );
}

test("a plugin answers its slot in the words of the wire", async () => {
  const sample = definePlugin("auth", {
    ...basics,
    authenticate: () => ({ userId: "ada", roles: ["admin"], expiresAt: new Date(5_000_900) }),
    authorize: allow,
  });
  const { client } = await testPlugin(sample);
  const identity = await client.authenticate({ token: "t" });
  expect(identity).toMatchObject({ userId: "ada", email: "", roles: ["admin"], expiresAt: 5000n });
});

test("an identity without a user is a fault, never an answer", async () => {
  const sample = definePlugin("auth", { ...basics, authenticate: () => ({ userId: "" }), authorize: allow });
  const { client } = await testPlugin(sample);
  expect((await failure(client.authenticate({ token: "t" }))).code).toBe(Code.Internal);
});

test("the text of an unexpected error stays in the log, with secrets censored", async () => {
  const lines: string[] = [];
  const sample = definePlugin("auth", {
    ...basics,
    config: Type.Object({ token: secret() }),
    authenticate: (_input, { log, config }) => {
      log.info({ config }, "about to fail");
      throw new Error("database password is wrong");
    },
    authorize: allow,
  });
  const log = { write: (line: string) => lines.push(line) };
  const { client } = await testPlugin(sample, { config: { token: "hunter2" }, log });
  const error = await failure(client.authenticate({ token: "t" }));
  expect(error.code).toBe(Code.Internal);
  expect(error.message).not.toContain("password");
  expect(lines.join("")).toContain("database password is wrong");
  expect(lines.join("")).not.toContain("hunter2");
});

test.each(Object.entries(PLUGIN_ERROR_CODES).filter(([code]) => code !== "internal"))(
  "a PluginError %s travels with its code and message",
  async (code, wire) => {
    const sample = definePlugin("cloud", {
      ...basics,
      getCredentials: () => {
        throw new PluginError(code as keyof typeof PLUGIN_ERROR_CODES, "because");
      },
    });
    const { client } = await testPlugin(sample);
    const error = await failure(client.getCredentials({ provider: "aws" }));
    expect([error.code, error.rawMessage]).toEqual([wire, "because"]);
  },
);

test("deny refuses the caller; an absent optional handler is unimplemented", async () => {
  const denying = definePlugin("auth", {
    ...basics,
    authenticate: (_input, ctx) => ctx.deny("unknown token"),
    authorize: allow,
  });
  const { client } = await testPlugin(denying);
  expect((await failure(client.authenticate({}))).code).toBe(Code.Unauthenticated);

  const enforcement = await testPlugin(definePlugin("enforcement", { ...basics, canAccess: allow }));
  expect((await failure(enforcement.client.batchCanAccess({}))).code).toBe(Code.Unimplemented);
  expect((await enforcement.plugin.describe({})).capabilities).toEqual(["configure", "watch_health"]);
});

test("waits for its configuration, refuses a faulty one, and takes the same one again", async () => {
  const seen: string[] = [];
  const sample = definePlugin("auth", {
    ...basics,
    config: Type.Object({ user: Type.String() }),
    configured: ({ config }) => void seen.push(config.user),
    authenticate: (_input, { config }) => ({ userId: config.user }),
    authorize: allow,
  });
  const { client, plugin, health } = await testPlugin(sample);
  expect(health()).toEqual({ status: "down", message: "waiting for its configuration" });
  expect((await failure(client.authenticate({}))).code).toBe(Code.Unavailable);
  const refused = await failure(plugin.configure({ config: { user: 7 } }));
  expect([refused.code, refused.rawMessage]).toEqual([Code.InvalidArgument, "config.user: must be string"]);
  await plugin.configure({ config: { user: "ada" } });
  await plugin.configure({ config: { user: "ada" } });
  expect(seen).toEqual(["ada"]);
  expect((await client.authenticate({})).userId).toBe("ada");
  expect(health().status).toBe("healthy");
  await failure(plugin.configure({ config: {} }));
  expect((await client.authenticate({})).userId).toBe("ada");
});

test("credentials that are empty or have ended never leave the plugin", async () => {
  const now = new Date("2030-01-01T00:00:00Z");
  const faulty: Credentials[] = [
    { credentials: {}, expiresAt: new Date("2031-01-01T00:00:00Z") },
    { credentials: { KEY: "v" }, expiresAt: now },
  ];
  for (const vended of faulty) {
    const sample = definePlugin("cloud", { ...basics, getCredentials: () => vended });
    const { client } = await testPlugin(sample, { now: () => now });
    expect((await failure(client.getCredentials({}))).code).toBe(Code.Internal);
  }
});

test("says what is missing to a caller without types", () => {
  const incomplete: unknown = { name: "x", authenticate: allow };
  expect(() => definePlugin("auth", incomplete as never)).toThrow("needs: version, authorize");
  expect(() => definePlugin("toaster" as never, incomplete as never)).toThrow('no slot named "toaster"');
});

test("a handler that the configuration takes away is not announced and not served", async () => {
  const sample = definePlugin("enforcement", {
    ...basics,
    config: Type.Object({ explains: Type.Boolean({ default: false }) }),
    withholds: ({ explains }) => (explains ? [] : ["explain"]),
    canAccess: allow,
    explain: () => ({ allowed: true, paths: [] }),
  });
  const { client, plugin } = await testPlugin(sample);
  const ask = () => client.explain({ check: { userId: "ada", action: "read" } });
  expect((await plugin.describe({})).capabilities).not.toContain("explain");
  expect((await failure(ask())).code).toBe(Code.Unimplemented);
  await plugin.configure({ config: { explains: true } });
  expect((await plugin.describe({})).capabilities).toContain("explain");
  expect((await ask()).allowed).toBe(true);
});
