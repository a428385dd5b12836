import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { rat } from "../../testing/fake-terminal.ts";
import { NOWHERE, page } from "../../testing/page.ts";
import { emptyState, troubledState } from "../../testing/sample-state.ts";

describe("rat access shares", () => {
  test("list and received", async () => {
    expect(await page("access", "shares", "list", "namespace", "sales")).toMatchInlineSnapshot(`
      "
      GRANT  WITH          PERMISSION  STATE     ENDS  BY
      g-1    role analyst  read        in force  –     alice
      "
    `);
    expect(await page("access", "shares", "received")).toMatchInlineSnapshot(`
      "
      GRANT  TYPE       ID     WITH          PERMISSION  STATE     ENDS  BY
      g-1    namespace  sales  role analyst  read        in force  –     alice
      "
    `);
  });

  test("pass their filters on", async () => {
    await using ratd = await startFakeRatd(emptyState());
    await rat(["access", "shares", "list", "namespace", "sales", "--ended"], ratd.address);
    const words = ["--user", "bob", "--role", "r1", "--role", "r2", "--type", "table", "--limit", "5"];
    await rat(["access", "shares", "received", ...words], ratd.address);
    expect(ratd.seen).toEqual([
      "GET /api/v1/sharing?resource_type=namespace&resource_id=sales&include_ended=true",
      "GET /api/v1/sharing/received?user_id=bob&resource_type=table&roles=r1%2Cr2&limit=5",
    ]);
  });

  test("add and transfer say how to undo it", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const add = ["access", "shares", "add", "namespace", "sales", "--permission", "read", "--expires", "12h"];
    const added = await rat([...add, "--role", "analyst"], ratd.address);
    expect(added.stderr).toBe("Undo: rat access shares remove g-1\n");
    const words = ["access", "shares", "transfer", "namespace", "sales", "--to", "bob"];
    const moved = await rat(words, ratd.address);
    expect(moved.stderr).toContain("rat access shares transfer namespace sales --to u-1 --from bob");
    expect(ratd.seen).toEqual([
      'POST /api/v1/sharing {"resource_type":"namespace","resource_id":"sales","grantee_id":"analyst","grantee_type":"role","permission":"read","expires_at":"2026-01-16T00:00:00.000Z"}',
      "GET /api/v1/me",
      'POST /api/v1/sharing/transfer {"resource_type":"namespace","resource_id":"sales","to_user_id":"bob","from_user_id":"u-1"}',
    ]);
  });

  test.each([
    [["add", "namespace", "sales", "--permission", "read"], "either --user or --role"],
    [
      ["add", "namespace", "sales", "--permission", "read", "--user", "a", "--role", "b"],
      "either --user or --role",
    ],
    [["add", "namespace", "sales", "--user", "a"], "--permission is missing; use read, write, admin"],
    [["add", "namespace", "sales", "--user", "a", "--permission", "own"], "--permission own is no level"],
    [["transfer", "namespace", "sales"], "--to is missing"],
  ])("%j is refused before sending", async (words, why) => {
    const { exit, stderr } = await rat(["access", "shares", ...words], NOWHERE);
    expect(exit).toBe(2);
    expect(stderr).toContain(why);
  });
});
