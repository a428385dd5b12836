import { describe, expect, test } from "vitest";
import { CONTEXTS_FILE } from "../../testing/fake-contexts.ts";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { NOWHERE, page } from "../../testing/page.ts";
import { KEY_ID, KEY_SECRET, KEY_TEXT } from "../../testing/sample-access.ts";
import { troubledState } from "../../testing/sample-state.ts";

describe("rat access keys", () => {
  test("list and show", async () => {
    expect(await page("access", "keys", "list")).toMatchInlineSnapshot(`
      "
      KEY               NAME  USER   STATE  ENDS                      USED  SCOPES
      0123456789abcdef  ci    alice  works  2026-04-10T12:00:00.000Z  2m    runs:read runs:execute
      "
    `);
    expect(await page("access", "keys", "show", KEY_ID)).toMatchInlineSnapshot(`
      "
      Key        0123456789abcdef
      Name       ci
      User       alice
      State      works
      Roles      editor
      Scopes     runs:read runs:execute
      Made       2026-01-10T12:00:00.000Z by alice
      Ends       2026-04-10T12:00:00.000Z
      Last used  2026-01-15T11:58:00.000Z
      "
    `);
  });

  test("create sends what was asked for and prints the key alone on stdout", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const words = [
      "access",
      "keys",
      "create",
      "--name",
      "ci",
      "--scope",
      "runs:read",
      "--scope",
      "runs:execute",
    ];
    const { exit, stdout, stderr } = await rat(
      [...words, "--role", "r", "--user", "bob", "--expires", "30d"],
      ratd.address,
    );
    expect([exit, stdout]).toEqual([0, `${KEY_TEXT}\n`]);
    expect(ratd.seen).toEqual([
      'POST /api/v1/access/keys {"name":"ci","scopes":["runs:read","runs:execute"],"roles":["r"],"user_id":"bob","expires_at":"2026-02-14T12:00:00.000Z"}',
    ]);
    expect(stderr).toContain("Keep it: it is not shown again.");
    expect(stderr).toContain(`Undo: rat access keys revoke ${KEY_ID}`);
    expect(stderr).not.toContain(KEY_SECRET);
  });

  test("--save writes it for its owner only, and prints it nowhere", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const terminal = new FakeTerminal();
    const words = ["access", "keys", "create", "--name", "ci", "--scope", "runs:read", "--save", "ci.key"];
    for (const format of ["table", "json", "name"]) {
      const { stdout, stderr } = await rat([...words, "-o", format], ratd.address, terminal);
      expect(stdout + stderr).not.toContain(KEY_SECRET);
    }
    expect(terminal.privateFiles.files.get("ci.key")).toBe(`${KEY_TEXT}\n`);
    terminal.privateFiles.failure = new Error("read-only");
    const { exit, stderr } = await rat(words, ratd.address, terminal);
    expect(exit).toBe(2);
    expect(stderr).toContain(`rat access keys revoke ${KEY_ID}`);
    expect(stderr).not.toContain(KEY_SECRET);
  });

  test.each([
    [["--scope", "runs:read"], "--name is missing"],
    [["--name", "ci"], "--scope is missing"],
    [["--name", "ci", "--scope", "runs:read", "--expires", "soon"], "--expires soon is neither"],
    [["--name", "ci", "--scope", "runs:read", "--expires", "2020-01-01T00:00:00Z"], "lies in the past"],
  ])("create refuses %j before sending", async (words, why) => {
    const { exit, stderr } = await rat(["access", "keys", "create", ...words], NOWHERE);
    expect(exit).toBe(2);
    expect(stderr).toContain(why);
  });
});

describe("rat access keys rotate", () => {
  test("rotate gives the new key to the context that keeps it", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const terminal = new FakeTerminal();
    const old = `rat_${KEY_ID}_0ld`;
    terminal.privateFiles.files.set(
      CONTEXTS_FILE,
      `version: 1\ncurrent: a\ncontexts: { a: { address: "${ratd.address}", credential: { kind: api_key, api_key: ${old} } }, b: { address: x, credential: { kind: token, token: t } } }`,
    );
    const words = ["access", "keys", "rotate", KEY_ID, "--grace", "1h"];
    const { exit, stderr } = await rat(words, "", terminal);
    expect(exit).toBe(0);
    expect(ratd.seen.at(-1)).toBe(`POST /api/v1/access/keys/${KEY_ID}/rotate {"grace_seconds":3600}`);
    expect(stderr).toContain("The context a has the new key.");
    expect(terminal.privateFiles.files.get(CONTEXTS_FILE)).toContain(KEY_TEXT);
    expect(terminal.privateFiles.files.get(CONTEXTS_FILE)).not.toContain(old);
  });
});
