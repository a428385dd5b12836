import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { helloAuth } from "../examples/hello-auth.ts";
import { testPlugin } from "./test-plugin.ts";

test("knows the demo tokens, and warns of them", async () => {
  const lines: string[] = [];
  const { client } = await testPlugin(helloAuth(), { log: { write: (line) => lines.push(line) } });
  expect(await client.authenticate({ token: "demo-admin" })).toMatchObject({
    userId: "alice",
    roles: ["admin"],
  });
  expect(await client.authenticate({ token: "demo-viewer" })).toMatchObject({
    userId: "bob",
    roles: ["viewer"],
  });
  expect(lines.join("")).toContain("demo tokens are in force");
});

test.each(["", "demo-admi", "demo-adminn", "x".repeat(100_000)])("refuses a wrong token", async (token) => {
  const { client } = await testPlugin(helloAuth());
  await expect(client.authenticate({ token })).rejects.toMatchObject({ code: Code.Unauthenticated });
});

test("its own tokens replace the demo ones", async () => {
  const { client, health } = await testPlugin(helloAuth(), {
    config: { tokens: [{ token: "t", user_id: "eve" }] },
  });
  expect(await client.authenticate({ token: "t" })).toMatchObject({ userId: "eve", email: "", roles: [] });
  await expect(client.authenticate({ token: "demo-admin" })).rejects.toMatchObject({
    code: Code.Unauthenticated,
  });
  expect(health().status).toBe("healthy");
});

test.each([
  ["alice", "delete", true],
  ["bob", "read", true],
  ["bob", "write", false],
  ["bob", "", false],
  ["mallory", "read", false],
])("may %s %s: %j", async (userId, action, allowed) => {
  const { client } = await testPlugin(helloAuth());
  expect((await client.authorize({ userId, action })).allowed).toBe(allowed);
});

test("a role that no table lists may do nothing, whatever its name", async () => {
  const config = { tokens: [{ token: "t", user_id: "eve", roles: ["constructor"] }] };
  const { client } = await testPlugin(helloAuth(), { config });
  expect((await client.authorize({ userId: "eve", action: "read" })).allowed).toBe(false);
});
