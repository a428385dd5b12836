import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { KEY_ID, KEY_SECRET, KEY_TEXT } from "../../testing/sample-access.ts";
import { emptyState, troubledState } from "../../testing/sample-state.ts";

const NOWHERE = "http://127.0.0.1:1";
const FILE = "/home/u/.config/rat/contexts.yaml";

/** The output of one command line, as a page. */
async function page(...words: readonly string[]): Promise<string> {
  await using ratd = await startFakeRatd(troubledState());
  const { stdout, stderr } = await rat(words, ratd.address);
  return `\n${stdout}${stderr}`;
}

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

  test("rotate gives the new key to the context that keeps it", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const terminal = new FakeTerminal();
    const old = `rat_${KEY_ID}_0ld`;
    terminal.privateFiles.files.set(
      FILE,
      `version: 1\ncurrent: a\ncontexts: { a: { address: "${ratd.address}", credential: { kind: api_key, api_key: ${old} } }, b: { address: x, credential: { kind: token, token: t } } }`,
    );
    const words = ["access", "keys", "rotate", KEY_ID, "--grace", "1h"];
    const { exit, stderr } = await rat(words, "", terminal);
    expect(exit).toBe(0);
    expect(ratd.seen.at(-1)).toBe(`POST /api/v1/access/keys/${KEY_ID}/rotate {"grace_seconds":3600}`);
    expect(stderr).toContain("The context a has the new key.");
    expect(terminal.privateFiles.files.get(FILE)).toContain(KEY_TEXT);
    expect(terminal.privateFiles.files.get(FILE)).not.toContain(old);
  });

  test.each([
    [["keys", "revoke", KEY_ID], `DELETE /api/v1/access/keys/${KEY_ID}`],
    [["keys", "rotate", KEY_ID], `POST /api/v1/access/keys/${KEY_ID}/rotate {"grace_seconds":0}`],
    [["shares", "remove", "g/1"], "DELETE /api/v1/sharing/g%2F1"],
    [
      ["leases", "revoke", "lse_0123456789abcdef0123456789ab"],
      "DELETE /api/v1/leases/lse_0123456789abcdef0123456789ab",
    ],
  ])("%j asks on a terminal, needs --yes elsewhere, and sends nothing without", async (words, request) => {
    await using ratd = await startFakeRatd(troubledState());
    const terminal = new FakeTerminal();
    expect((await rat(["access", ...words], ratd.address, terminal)).exit).toBe(2);
    terminal.typed = "";
    expect((await rat(["access", ...words], ratd.address, terminal)).exit).toBe(2);
    expect(terminal.stderr).toContain("? [y/N]");
    expect(ratd.seen).toEqual([]);
    expect((await rat(["access", ...words, "--yes"], ratd.address)).exit).toBe(0);
    terminal.typed = "yes";
    expect((await rat(["access", ...words], ratd.address, terminal)).exit).toBe(0);
    expect(ratd.seen).toEqual([request, request]);
  });
});

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

describe("rat access leases", () => {
  test("list, show and revoke", async () => {
    expect(await page("access", "leases", "list")).toMatchInlineSnapshot(`
      "
      LEASE                             STATE   USER   FOR                       ACCESS  PROVIDER  RUN  AGE  ENDS
      lse_0123456789abcdef0123456789ab  active  alice  table sales/gold/revenue  read    aws       –    10m  2026-01-15T12:50:00.000Z
      "
    `);
    expect(await page("access", "leases", "show", "lse_0123456789abcdef0123456789ab")).toContain(
      "Revocable  no: the credentials work until their end",
    );
    await using ratd = await startFakeRatd(troubledState());
    await rat(["access", "leases", "list", "--state", "active", "--run", "r", "--user", "u"], ratd.address);
    expect(ratd.seen).toEqual(["GET /api/v1/leases?state=active&run_id=r&user_id=u&limit=200"]);
    expect((await rat(["access", "leases", "list", "--state", "lost"], ratd.address)).exit).toBe(2);
    ratd.state.access.ends = false;
    const { exit, stdout } = await rat(["access", "leases", "revoke", "lse_1", "--yes"], ratd.address);
    expect(exit).toBe(1);
    expect(stdout).toContain("its credentials work until 2026-01-15T12:50:00.000Z");
  });
});

describe("rat credentials", () => {
  const WORDS = ["credentials", "table", "sales/gold/revenue"];

  test("hides the values but for --export and -o json", async () => {
    await using ratd = await startFakeRatd(troubledState());
    for (const format of ["table", "wide", "yaml", "ndjson", "name"]) {
      const { exit, stdout, stderr } = await rat([...WORDS, "-o", format], ratd.address);
      expect(exit).toBe(0);
      expect(stdout + stderr).not.toContain("canary");
    }
    const json = await rat([...WORDS, "-o", "json"], ratd.address);
    expect(JSON.parse(json.stdout)).toMatchObject({ credentials: { AWS_ACCESS_KEY_ID: "canary-id" } });
    expect(json.stderr).toContain("keep it out of logs");
    const { stdout, stderr } = await rat(
      [...WORDS, "--export", "--access", "write", "--provider", "aws"],
      ratd.address,
    );
    expect(stdout).toBe(
      "export AWS_ACCESS_KEY_ID='canary-id'\nexport AWS_SECRET_ACCESS_KEY='canary-'\\''secret'\\'''\n",
    );
    expect(stderr).toContain("Secret, and good until 2026-01-15T12:50:00.000Z");
    expect(ratd.seen.at(-1)).toBe(
      'POST /api/v1/credentials {"resource_type":"table","resource_id":"sales/gold/revenue","access":"write","provider":"aws"}',
    );
  });

  test("exports no name that a shell would run", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { access } = ratd.state;
    access.credentials = { ...access.credentials, credentials: { "A;rm -rf x;B": "canary" } };
    const { exit, stdout } = await rat([...WORDS, "--export"], ratd.address);
    expect([exit, stdout]).toEqual([3, ""]);
  });

  test.each([
    [["bucket", "x"], '"bucket" is not the type'],
    [["table", "x", "--access", "own"], '"own" is not --access'],
    [["table", "x", "--provider", "own"], '"own" is not --provider'],
    [["table", "x", "--export", "-o", "json"], "leave -o away"],
  ])("%j is refused before sending", async (words, why) => {
    const { exit, stderr } = await rat(["credentials", ...words], NOWHERE);
    expect(exit).toBe(2);
    expect(stderr).toContain(why);
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
      FILE,
      `version: 1\ncurrent: a\ncontexts: { a: { address: "${ratd.address}", credential: ${session} } }`,
    );
    const outcome = await rat(["doctor"], "", terminal);
    expect(outcome.exit).toBe(exit);
    expect(outcome.stdout).toContain(said);
  });

  test("fails for a file of contexts that others may read", async () => {
    const terminal = new FakeTerminal();
    terminal.privateFiles.files.set(FILE, "version: 1\ncontexts: {}");
    terminal.privateFiles.exposed = { how: "others may use it", remedy: `chmod 600 ${FILE}` };
    const { exit, stdout } = await rat(["doctor"], NOWHERE, terminal);
    expect(exit).toBe(1);
    expect(stdout).toContain(`✗ others may use it\n`);
    expect(stdout).toContain(`try: chmod 600 ${FILE}`);
  });
});
