import { describe, expect, test } from "vitest";
import {
  refusal,
  startFakeProvider,
  TOKENS,
  tokens,
  type FakeProvider,
} from "../../testing/fake-provider.ts";
import { startFakeRatd, type FakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat, type RunResult } from "../../testing/fake-terminal.ts";
import { KEY_TEXT } from "../../testing/sample-access.ts";
import { troubledState } from "../../testing/sample-state.ts";

const FILE = "/home/u/.config/rat/contexts.yaml";
const PENDING = refusal("authorization_pending");

/** A ratd with a provider, and a user who has nothing yet. */
interface World extends AsyncDisposable {
  readonly provider: FakeProvider;
  readonly ratd: FakeRatd;
  readonly terminal: FakeTerminal;
  /** Runs a command line; the address is given by the context or by the words. */
  rat(...words: readonly string[]): Promise<RunResult>;
  /** The file of contexts. */
  file(): string;
}

async function open(): Promise<World> {
  const stack = new AsyncDisposableStack();
  const provider = stack.use(await startFakeProvider());
  const ratd = stack.use(await startFakeRatd(troubledState()));
  const { access } = ratd.state;
  const openid = { issuer: provider.issuer, client_id: "rat-cli", scopes: ["openid"], resource: "urn:rat" };
  access.login = { auth_slot: "active", openid };
  access.me = { ...access.me, user_id: "alice", email: "alice@example.com", roles: ["admin"] };
  access.accepted = new Set([`${TOKENS.access}-1`]);
  const terminal = new FakeTerminal();
  return {
    provider,
    ratd,
    terminal,
    async rat(...words) {
      terminal.stdout = "";
      terminal.stderr = "";
      return rat(words, "", terminal);
    },
    file: () => terminal.privateFiles.files.get(FILE) ?? "",
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A world with alice signed in, whose token works for 5 minutes. */
async function signedIn(): Promise<World> {
  const world = await open();
  await world.rat("login", "--addr", world.ratd.address);
  return world;
}

const polls = ({ provider }: World): number =>
  provider.seen.filter((line) => line.startsWith("/token")).length;
const canaries = (world: World): readonly string[] => [
  ...Object.values(TOKENS),
  "canary-description",
  ...(world
    .file()
    .match(/access_token: (\S+)/u)
    ?.slice(1) ?? []),
];

describe("rat login at a provider", () => {
  test("shows address and code, waits, keeps the session and says who you are", async () => {
    await using world = await open();
    world.provider.answers = [PENDING, PENDING, tokens("1")];
    const { exit, stdout, stderr } = await world.rat("login", "--addr", world.ratd.address);
    expect(exit).toBe(0);
    const page = `\n${stdout}${stderr}`
      .replaceAll(world.provider.issuer, "http://sso")
      .replaceAll(world.ratd.address, "http://ratd");
    expect(page).toMatchInlineSnapshot(`
      "
      User      alice
      E-mail    alice@example.com
      Roles     admin
      Scopes    self
      Mode      plugin: signed in
      Known by  context 127.0.0.1
      Context   127.0.0.1
      Address   http://ratd
      Open this address in a browser, on any machine, and confirm the code:
        http://sso/go
        code ABCD-EFGH
      or this one, with the code in it:
        http://sso/go?user_code=ABCD-EFGH
      The code works for 10m. Waiting for you …
      Kept in context 127.0.0.1, which is in use now. Undo: rat logout
      "
    `);
    expect(world.provider.seen.slice(1)).toEqual([
      "/device client_id=rat-cli&scope=openid&resource=urn%3Arat",
      ...Array.from(
        { length: 3 },
        () =>
          `/token grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=${TOKENS.device}&client_id=rat-cli&resource=urn%3Arat`,
      ),
    ]);
    expect((await world.rat("slots", "list")).exit).toBe(0);
  });

  test("asks at the interval of the provider, and slower when told", async () => {
    await using world = await open();
    world.provider.device = { interval: 2 };
    world.provider.answers = [PENDING, refusal("slow_down"), PENDING, tokens("1")];
    const before = world.terminal.now();
    expect((await world.rat("login", "--addr", world.ratd.address)).exit).toBe(0);
    expect(world.terminal.now() - before).toBe(2_000 + 2_000 + 7_000 + 7_000);
  });

  test("goes on while the provider is away for a moment", async () => {
    await using world = await open();
    world.provider.answers = [{ status: 502, body: {} }, { status: 200, body: "?" }, tokens("1")];
    const before = world.terminal.now();
    expect((await world.rat("login", "--addr", world.ratd.address)).exit).toBe(0);
    expect(world.terminal.now() - before).toBe(5_000 + 10_000 + 20_000);
  });

  test.each([
    ["access_denied", 4, "the sign-in was declined"],
    ["expired_token", 4, "the code ran out"],
    ["invalid_client", 4, "refuses the sign-in: invalid_client"],
  ])("ends with %s", async (error, code, why) => {
    await using world = await open();
    world.provider.answers = [PENDING, refusal(error)];
    const { exit, stdout, stderr } = await world.rat("login", "--addr", world.ratd.address);
    expect([exit, stdout]).toEqual([code, ""]);
    expect(stderr).toContain("error login_failed");
    expect(stderr).toContain(why);
    for (const canary of canaries(world)) expect(stderr).not.toContain(canary);
    expect(world.file()).toBe("");
  });

  test("does not ask beyond the life of the code, nor beyond --timeout", async () => {
    await using world = await open();
    world.provider.device = { expires_in: 12 };
    world.provider.answers = [PENDING];
    const late = await world.rat("login", "--addr", world.ratd.address);
    expect([late.exit, polls(world)]).toEqual([4, 2]);
    expect(late.stderr).toContain("the code ran out");
    const soon = await world.rat("login", "--addr", world.ratd.address, "--timeout", "6s");
    expect([soon.exit, polls(world)]).toEqual([8, 3]);
    expect(soon.stderr).toContain("nobody approved the sign-in within 6s");
  });

  test("asks for consent where a long session is wanted, and for no resource where none is told", async () => {
    await using world = await open();
    const { openid } = world.ratd.state.access.login;
    if (openid === null) throw new Error("no provider");
    world.ratd.state.access.login = {
      auth_slot: "active",
      openid: { ...openid, scopes: ["openid", "offline_access"], resource: null },
    };
    await world.rat("login", "--addr", world.ratd.address);
    expect(world.provider.seen[1]).toBe(
      "/device client_id=rat-cli&scope=openid+offline_access&prompt=consent",
    );
  });

  test.each([
    [{ device_authorization_endpoint: undefined }, "login_failed", "does not offer the device flow"],
    [{ issuer: "https://else.example" }, "provider_unreachable", "is not that of"],
    [{ token_endpoint: undefined }, "provider_unreachable", "names no token endpoint"],
    [{ token_endpoint: "http://sso.example/token" }, "insecure_provider", "which is not https"],
    [{ device_authorization_endpoint: "ftp://127.0.0.1/" }, "insecure_provider", "which is not https"],
  ])("refuses a provider that says %j", async (discovery, code, why) => {
    await using world = await open();
    world.provider.discovery = discovery;
    const { exit, stderr } = await world.rat("login", "--addr", world.ratd.address);
    expect(exit).toBeGreaterThan(2);
    expect(stderr).toContain(`error ${code}`);
    expect(stderr).toContain(why);
  });

  test("asks no issuer in clear text beyond this machine, and says when one is away", async () => {
    await using world = await open();
    const { openid } = world.ratd.state.access.login;
    if (openid === null) throw new Error("no provider");
    const login = async (issuer: string): Promise<string> => {
      world.ratd.state.access.login = { auth_slot: "active", openid: { ...openid, issuer } };
      return (await world.rat("login", "--addr", world.ratd.address)).stderr;
    };
    expect(await login("http://sso.example")).toContain("error insecure_provider");
    expect(await login("http://127.0.0.1:1")).toContain("error provider_unreachable");
  });

  test.each([
    ["builtin", "this ratd has no sign-in: use an API key"],
    ["active", "names no OpenID provider: use an API key"],
    ["denying", "is down: use an API key"],
  ] as const)("without one, auth %s, names the way by API key", async (state, why) => {
    await using world = await open();
    world.ratd.state.access.login = { auth_slot: state, openid: null };
    const { exit, stderr } = await world.rat("login", "--addr", world.ratd.address);
    expect(exit).toBe(6);
    expect(stderr).toContain(why);
    expect(stderr).toContain("rat login --api-key FILE");
  });

  test("keeps nothing that ratd does not take", async () => {
    await using world = await open();
    world.ratd.state.access.accepted = new Set();
    const { exit, stderr } = await world.rat("login", "--addr", world.ratd.address);
    expect([exit, world.file()]).toEqual([4, ""]);
    expect(stderr).toContain("ratd does not take it");
  });

  test("prints no escape sequence of a provider", async () => {
    await using world = await open();
    world.provider.device = { user_code: "A\u001B[2JB" };
    expect((await world.rat("login", "--addr", world.ratd.address)).stderr).not.toContain("\u001B");
  });
});

describe("rat login with a file", () => {
  test.each([
    ["--api-key", KEY_TEXT, "api_key", "api_key: rat_"],
    ["--token", "a.b.c", "plugin", "token: a.b.c"],
  ] as const)("%s keeps what ratd takes, from a file or stdin", async (option, secret, mode, kept) => {
    await using world = await open();
    const { access } = world.ratd.state;
    access.accepted = new Set([secret]);
    access.me = { ...access.me, auth_mode: mode };
    world.terminal.files.set("f", `${secret}\n`).set("-", secret);
    const outcome = await world.rat("login", "--addr", world.ratd.address, option, "f");
    expect(outcome.exit).toBe(0);
    expect(world.file()).toContain(kept);
    expect((await world.rat("login", option, "-")).exit).toBe(0);
    const { exit, stdout, stderr } = await world.rat("context", "list", "-o", "json");
    expect(exit).toBe(0);
    for (const text of [outcome.stdout, outcome.stderr, stdout, stderr]) expect(text).not.toContain(secret);
  });

  test("does not repeat a secret that stands where a file belongs", async () => {
    await using world = await open();
    for (const words of [
      ["login", "--token", "canary-x"],
      ["login", "--api-key=canary-x"],
      ["login", "canary-x"],
      ["login", "--tokn=canary-x"],
      ["status", "--token-file", "canary-x"],
    ]) {
      const { exit, stdout, stderr } = await world.rat(...words, "--debug");
      expect(exit).toBe(2);
      expect(stdout + stderr).not.toContain("canary-x");
    }
  });

  test.each([
    ["builtin", "this ratd has no auth plugin"],
    ["noop-fallback", "nobody looks at tokens now"],
  ] as const)("is refused where nobody looks at it: %s", async (mode, why) => {
    await using world = await open();
    const { access } = world.ratd.state;
    access.accepted = undefined;
    access.me = { ...access.me, auth_mode: mode };
    world.terminal.files.set("f", "t");
    const { exit, stderr } = await world.rat("login", "--addr", world.ratd.address, "--token", "f");
    expect([exit, world.file()]).toEqual([6, ""]);
    expect(stderr).toContain(why);
  });
});

describe("a session", () => {
  const FIVE_MINUTES = 300_000;
  const never = new AbortController().signal;

  test("is renewed before it ends, and the new refresh token is kept", async () => {
    await using world = await signedIn();
    world.ratd.state.access.accepted = new Set([`${TOKENS.access}-2`]);
    world.provider.answers = [tokens("2")];
    await world.terminal.sleep(FIVE_MINUTES - 29_000, never);
    const { exit, stdout, stderr } = await world.rat("slots", "list", "--debug");
    expect(exit).toBe(0);
    expect(world.provider.seen.at(-1)).toBe(
      `/token grant_type=refresh_token&refresh_token=${TOKENS.refresh}-1&client_id=rat-cli&resource=urn%3Arat`,
    );
    expect(world.file()).toContain(`${TOKENS.refresh}-2`);
    expect(world.file()).not.toContain(`${TOKENS.refresh}-1`);
    for (const canary of canaries(world)) expect(stdout + stderr).not.toContain(canary);
  });

  test("is left alone while it is fresh", async () => {
    await using world = await signedIn();
    const asked = world.provider.seen.length;
    await world.terminal.sleep(FIVE_MINUTES - 31_000, never);
    expect((await world.rat("slots", "list")).exit).toBe(0);
    expect(world.provider.seen.length).toBe(asked);
  });

  test("is renewed once when ratd refuses it, and the request is sent again", async () => {
    await using world = await signedIn();
    world.ratd.state.access.accepted = new Set([`${TOKENS.access}-2`]);
    world.provider.answers = [tokens("2")];
    expect((await world.rat("slots", "list")).exit).toBe(0);
    world.ratd.state.access.accepted = new Set();
    world.provider.answers = [tokens("3")];
    const asked = polls(world);
    const { exit, stderr } = await world.rat("slots", "list");
    expect([exit, polls(world) - asked]).toEqual([4, 1]);
    expect(stderr).toContain("Sign in anew: rat login --context 127.0.0.1");
  });

  test("survives two rat at once: one renews, the other takes over", async () => {
    await using world = await signedIn();
    world.ratd.state.access.accepted = new Set([`${TOKENS.access}-2`]);
    // A provider that takes each refresh token once.
    world.provider.answers = [tokens("2"), refusal("invalid_grant")];
    const asked = polls(world);
    const other = new FakeTerminal();
    other.privateFiles = world.terminal.privateFiles;
    const both = await Promise.all([world.rat("slots", "list"), rat(["plugin", "list"], "", other)]);
    expect(both.map(({ exit }) => exit)).toEqual([0, 0]);
    expect(polls(world) - asked).toBe(1);
  });

  test("that the provider has ended is told as such, and stays in the file", async () => {
    await using world = await signedIn();
    world.ratd.state.access.accepted = new Set();
    world.provider.answers = [refusal("invalid_grant")];
    await world.terminal.sleep(FIVE_MINUTES, never);
    const { exit, stderr } = await world.rat("slots", "list");
    expect(exit).toBe(4);
    expect(stderr).toContain(`could not be renewed: ${world.provider.issuer} refuses: invalid_grant.`);
    expect(stderr).toContain("Sign in anew: rat login --context 127.0.0.1");
    expect(world.file()).toContain(`${TOKENS.refresh}-1`);
  });

  test("goes to no other address than its own", async () => {
    await using world = await signedIn();
    await using other = await startFakeRatd(troubledState());
    other.state.access.accepted = new Set([`${TOKENS.access}-1`]);
    for (const words of [[], ["--context", "127.0.0.1"]]) {
      expect((await world.rat("slots", "list", "--addr", other.address, ...words)).exit).toBe(4);
    }
    other.state.access.accepted = undefined;
    world.terminal.privateFiles.files.set(FILE, world.file().replaceAll(world.ratd.address, other.address));
    expect((await world.rat("slots", "list", "--addr", other.address)).exit).toBe(0);
  });

  test("serves once when it cannot be saved, and that is said", async () => {
    await using world = await signedIn();
    world.ratd.state.access.accepted = new Set([`${TOKENS.access}-2`]);
    world.provider.answers = [tokens("2")];
    world.terminal.privateFiles.failure = new Error("disk full");
    const { exit, stderr } = await world.rat("slots", "list");
    expect(exit).toBe(0);
    expect(stderr).toContain("renewed, but not kept");
    expect(stderr).toContain("disk full");
  });
});

describe("rat logout", () => {
  test("forgets the session and ends it at the provider", async () => {
    await using world = await signedIn();
    const { exit, stdout } = await world.rat("logout", "--yes");
    expect([exit, stdout]).toEqual([0, "signed out of 127.0.0.1\n"]);
    expect(world.provider.seen.at(-1)).toBe(
      `/revoke token=${TOKENS.refresh}-1&token_type_hint=refresh_token&client_id=rat-cli`,
    );
    for (const canary of Object.values(TOKENS)) expect(world.file()).not.toContain(canary);
    expect((await world.rat("slots", "list")).exit).toBe(4);
  });

  test("forgets also while the provider is away, and says what is left", async () => {
    await using world = await signedIn();
    await world.provider[Symbol.asyncDispose]();
    const { exit, stderr } = await world.rat("logout", "--yes");
    expect(exit).toBe(0);
    expect(stderr).toContain("The session was not ended at the provider");
    expect(world.file()).not.toContain(TOKENS.refresh);
  });

  test("asks on a terminal, and needs --yes elsewhere", async () => {
    await using world = await signedIn();
    expect((await world.rat("logout")).exit).toBe(2);
    world.terminal.typed = "n";
    expect((await world.rat("logout")).exit).toBe(2);
    expect(world.file()).toContain(TOKENS.refresh);
    world.terminal.typed = "y";
    expect((await world.rat("logout")).exit).toBe(0);
  });
});

test("rat whoami says who, how and where", async () => {
  await using world = await signedIn();
  const { stdout } = await world.rat("whoami");
  expect(`\n${stdout.replaceAll(world.ratd.address, "http://ratd")}`).toMatchInlineSnapshot(`
    "
    User      alice
    E-mail    alice@example.com
    Roles     admin
    Scopes    self
    Mode      plugin: signed in
    Known by  context 127.0.0.1
    Context   127.0.0.1
    Address   http://ratd
    "
  `);
  expect(JSON.parse((await world.rat("whoami", "-o", "json")).stdout)).toMatchObject({
    user_id: "alice",
    auth_mode: "plugin",
    key_id: null,
    context: "127.0.0.1",
    known_by: "context 127.0.0.1",
    address: world.ratd.address,
  });
});
