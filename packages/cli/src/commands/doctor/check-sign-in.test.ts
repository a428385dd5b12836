import { describe, expect, test } from "vitest";
import { CONTEXTS_FILE } from "../../testing/fake-contexts.ts";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { NOWHERE } from "../../testing/page.ts";
import { KEY_ID, KEY_TEXT } from "../../testing/sample-access.ts";
import { emptyState, troubledState } from "../../testing/sample-state.ts";

describe("rat doctor", () => {
  const DAY = 86_400_000;
  const NOW = Date.parse("2026-01-15T12:00:00.000Z");

  /** What doctor says to somebody with the sample key, changed. */
  async function doctor(change: object): Promise<string> {
    await using ratd = await startFakeRatd(troubledState());
    const { access } = ratd.state;
    access.me = { ...access.me, auth_mode: "api_key", key_id: KEY_ID };
    access.keys = access.keys.map((key) => ({ ...key, ...change }));
    const terminal = new FakeTerminal();
    terminal.env["RAT_API_KEY"] = KEY_TEXT;
    return (await rat(["doctor"], ratd.address, terminal)).stdout;
  }

  test("warns of a key that ends within 14 days, and of the bootstrap key", async () => {
    const end = (days: number): object => ({ expires_at: new Date(NOW + days * DAY).toISOString() });
    expect(await doctor(end(14))).toContain("✓ the API key works for 14 more days");
    expect(await doctor(end(13.9))).toContain("! the API key ends at");
    expect(await doctor({ expires_at: null })).not.toContain("the API key");
    const bootstrap = { name: "bootstrap", created_by: "ratd", scopes: ["*"], expires_at: null };
    expect(await doctor(bootstrap)).toContain("! you work with the bootstrap key");
    expect(await doctor({ ...bootstrap, created_by: "alice" })).not.toContain("bootstrap");
  });

  test.each([
    ["2026-01-15T11:59:59.000Z", 1, "✗ the session of a ended at"],
    ["2026-01-15T12:09:59.000Z", 0, "! the session ends at 2026-01-15T12:09:59.000Z for good"],
  ])("looks at the end of a session: %s", async (end, exit, said) => {
    await using ratd = await startFakeRatd(emptyState());
    const terminal = new FakeTerminal();
    const session = `{ kind: session, issuer: "${NOWHERE}", client_id: c, access_token: t, expires_at: ${end} }`;
    terminal.privateFiles.files.set(
      CONTEXTS_FILE,
      `version: 1\ncurrent: a\ncontexts: { a: { address: "${ratd.address}", credential: ${session} } }`,
    );
    const outcome = await rat(["doctor"], "", terminal);
    expect(outcome.exit).toBe(exit);
    expect(outcome.stdout).toContain(said);
  });

  test("fails for a file of contexts that others may read", async () => {
    const terminal = new FakeTerminal();
    terminal.privateFiles.files.set(CONTEXTS_FILE, "version: 1\ncontexts: {}");
    terminal.privateFiles.exposed = { how: "others may use it", remedy: `chmod 600 ${CONTEXTS_FILE}` };
    const { exit, stdout } = await rat(["doctor"], NOWHERE, terminal);
    expect(exit).toBe(1);
    expect(stdout).toContain(`✗ others may use it\n`);
    expect(stdout).toContain(`try: chmod 600 ${CONTEXTS_FILE}`);
  });
});
