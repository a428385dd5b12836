import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { NOWHERE } from "../../testing/page.ts";
import { troubledState } from "../../testing/sample-state.ts";

describe("rat access check", () => {
  const QUESTION = ["access", "check", "write", "pipeline", "sales/gold/revenue"];

  test("exits 1 when it is denied", async () => {
    await using ratd = await startFakeRatd(troubledState());
    expect(await rat(QUESTION, ratd.address)).toMatchObject({ exit: 0, stdout: "✓ allowed  because\n" });
    ratd.state.access.allowed = false;
    expect(await rat(QUESTION, ratd.address)).toMatchObject({ exit: 1, stdout: "✗ denied  because\n" });
    expect((await rat([...QUESTION, "--role", "r"], ratd.address)).exit).toBe(2);
  });

  test("--user shows as a tree what speaks for it", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { exit, stdout } = await rat([...QUESTION, "--user", "bob", "--role", "analyst"], ratd.address);
    expect(exit).toBe(0);
    expect(ratd.seen).toEqual([
      'POST /api/v1/access/explain {"user_id":"bob","roles":["analyst"],"action":"write","resource_type":"pipeline","resource_id":"sales/gold/revenue"}',
    ]);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      ✓ allowed  the role analyst may write in namespace sales
      ├─ pipeline sales/gold/revenue
      │  ├─ owner alice
      │  └─ · read by grant (grant g-1, by alice, until 2026-02-01T00:00:00.000Z), which is not enough
      ├─ in namespace sales
      │  ├─ owner carol
      │  └─ ✓ write by role (grant g-2, by carol)
      ├─ by the roles alone, says the auth slot
      │  └─ ✗ denied: no role of "bob" may write
      └─ decided by
         └─ enforcement, active, served by the plugin
      "
    `);
  });

  test("--user says so when the built-in decides, which knows of no paths", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { access } = ratd.state;
    access.explanation = {
      ...access.explanation,
      allowed: false,
      decided_by: "builtin",
      slot_state: "builtin",
      paths: null,
    };
    const { exit, stdout } = await rat([...QUESTION, "--user", "bob"], ratd.address);
    expect(exit).toBe(1);
    expect(stdout).toContain("enforcement, builtin, served by the built-in");
    expect(stdout).toContain("it does not say what speaks for it");
  });
});

describe("scopes", () => {
  test("are listed and explained without a network", async () => {
    const listed = await rat(["access", "scopes", "--quiet"], NOWHERE);
    expect(listed.stdout).toContain("runs:execute      data      Start, retry and cancel runs.");
    expect(await rat(["explain", "scopes", "--quiet"], NOWHERE)).toEqual(listed);
    expect((await rat(["explain", "audit:read"], NOWHERE)).stdout).toContain("scope of operators");
    for (const code of ["scope_missing", "audit_unavailable", "contexts_unusable"]) {
      expect((await rat(["explain", code], NOWHERE)).exit).toBe(0);
    }
  });

  test("that are missing are named with the way to get them", async () => {
    await using ratd = await startFakeRatd(troubledState());
    ratd.state.access.refusal = {
      status: 403,
      code: "scope_missing",
      detail: "This needs the scope plugins:read, which alice does not hold here.",
    };
    const terminal = new FakeTerminal();
    terminal.env["RAT_TOKEN"] = "t";
    const { exit, stderr } = await rat(["plugin", "list"], ratd.address, terminal);
    expect(exit).toBe(4);
    expect(`\n${stderr}`).toMatchInlineSnapshot(`
      "
      error scope_missing: Refused
        Why   This needs the scope plugins:read, which alice does not hold here.
        Try   Use an API key with the scope named, or have \`role_permissions\` in rat.yaml give it to a role of yours.
              Somebody who holds it makes you a key: rat access keys create --name NAME --scope plugins:read
              What you hold: rat whoami. What each scope is for: rat access scopes
        Docs  rat explain scope_missing
      "
    `);
    const nobody = await rat(["slots", "list"], ratd.address);
    expect(nobody.stderr).toContain("Sign in: rat login.");
  });
});
