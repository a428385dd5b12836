import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code } from "@connectrpc/connect";
import { afterAll, expect, test } from "vitest";
import { globMatches } from "../examples/enforcement/access-rule.ts";
import { helloEnforcement } from "../examples/hello-enforcement.ts";
import { testPlugin } from "./test-plugin.ts";

const folder = mkdtempSync(join(tmpdir(), "rat-rules-"));
afterAll(() => rmSync(folder, { recursive: true }));

const viewer = {
  userId: "bob",
  roles: ["viewer"],
  resourceType: "pipeline",
  resourceId: "orders",
  action: "read",
};

test("by default an admin may do all, a viewer may read, nobody else anything", async () => {
  const { client } = await testPlugin(helloEnforcement());
  const checks = [
    viewer,
    { ...viewer, action: "write" },
    { ...viewer, roles: ["admin"], action: "delete" },
    { ...viewer, userId: "anonymous", roles: [] },
  ];
  const { results } = await client.batchCanAccess({ checks });
  expect(results.map(({ allowed }) => allowed)).toEqual([true, false, true, false]);
  expect((await client.canAccess(viewer)).allowed).toBe(true);
});

test("the first rule that fits decides", async () => {
  const rules = [
    { users: ["bob"], resource_id: "secret-*", effect: "deny" },
    { roles: ["viewer"], actions: ["read"], effect: "allow" },
  ];
  const { client } = await testPlugin(helloEnforcement(), { config: { rules } });
  expect((await client.canAccess(viewer)).allowed).toBe(true);
  expect((await client.canAccess({ ...viewer, resourceId: "secret-orders" })).allowed).toBe(false);
  expect((await client.canAccess({ ...viewer, userId: "eve", resourceId: "secret-orders" })).allowed).toBe(
    true,
  );
});

test("explains by the rules that allow it", async () => {
  const { client } = await testPlugin(helloEnforcement());
  const both = await client.explain({ check: { ...viewer, roles: ["viewer", "admin"] } });
  expect(both).toMatchObject({ allowed: true, reason: "rule 1 allows read" });
  expect(both.paths).toHaveLength(2);
  const none = await client.explain({ check: { ...viewer, action: "write" } });
  expect(none).toMatchObject({ allowed: false, paths: [] });
});

test("rules follow their file; a faulty change leaves the last good ones in force", async () => {
  const file = join(folder, "rules.json");
  writeFileSync(file, "[]");
  const { client, health } = await testPlugin(helloEnforcement(), { config: { rules_file: file } });
  expect((await client.canAccess(viewer)).allowed).toBe(false);
  writeFileSync(file, JSON.stringify([{ users: ["bob"], effect: "allow" }]));
  expect((await client.canAccess(viewer)).allowed).toBe(true);
  writeFileSync(file, "{");
  expect((await client.canAccess(viewer)).allowed).toBe(true);
  expect(health().status).toBe("degraded");
  writeFileSync(file, "[   ]");
  expect((await client.canAccess(viewer)).allowed).toBe(false);
  expect(health().status).toBe("healthy");
});

test("refuses a rules file that is none, and a batch above the limit", async () => {
  const { client, plugin } = await testPlugin(helloEnforcement());
  const configured = plugin.configure({ config: { rules_file: join(folder, "absent.json") } });
  await expect(configured).rejects.toMatchObject({ code: Code.InvalidArgument });
  const batch = client.batchCanAccess({ checks: Array.from({ length: 1001 }, () => viewer) });
  await expect(batch).rejects.toMatchObject({ code: Code.InvalidArgument });
});

test.each([
  ["*", "", true],
  ["*", "any", true],
  ["a*c", "abc", true],
  ["a*c", "ac", true],
  ["a*a", "a", false],
  ["a*b*c", "a-b-c", true],
  ["a*b*c", "a-c-b", false],
  ["a*b*bc", "abc", false],
  ["exact", "exact", true],
  ["exact", "exactly", false],
  [".*", "x", false],
])("glob %s on %s: %j", (glob, text, matches) => {
  expect(globMatches(glob, text)).toBe(matches);
});
