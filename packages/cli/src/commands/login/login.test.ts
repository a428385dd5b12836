import { describe, expect, test } from "vitest";
import { TOKENS, refusal, tokens } from "../../testing/fake-provider.ts";
import { canaries, openLogin, polls } from "../../testing/login-world.ts";

const PENDING = refusal("authorization_pending");

describe("rat login at a provider", () => {
  test("shows address and code, waits, keeps the session and says who you are", async () => {
    await using world = await openLogin();
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
    await using world = await openLogin();
    world.provider.device = { interval: 2 };
    world.provider.answers = [PENDING, refusal("slow_down"), PENDING, tokens("1")];
    const before = world.terminal.now();
    expect((await world.rat("login", "--addr", world.ratd.address)).exit).toBe(0);
    expect(world.terminal.now() - before).toBe(2_000 + 2_000 + 7_000 + 7_000);
  });

  test("goes on while the provider is away for a moment", async () => {
    await using world = await openLogin();
    world.provider.answers = [{ status: 502, body: {} }, { status: 200, body: "?" }, tokens("1")];
    const before = world.terminal.now();
    expect((await world.rat("login", "--addr", world.ratd.address)).exit).toBe(0);
    expect(world.terminal.now() - before).toBe(5_000 + 10_000 + 20_000);
  });
});

describe("rat login at a provider that refuses", () => {
  test.each([
    ["access_denied", 4, "the sign-in was declined"],
    ["expired_token", 4, "the code ran out"],
    ["invalid_client", 4, "refuses the sign-in: invalid_client"],
  ])("ends with %s", async (error, code, why) => {
    await using world = await openLogin();
    world.provider.answers = [PENDING, refusal(error)];
    const { exit, stdout, stderr } = await world.rat("login", "--addr", world.ratd.address);
    expect([exit, stdout]).toEqual([code, ""]);
    expect(stderr).toContain("error login_failed");
    expect(stderr).toContain(why);
    for (const canary of canaries(world)) expect(stderr).not.toContain(canary);
    expect(world.file()).toBe("");
  });

  test("does not ask beyond the life of the code, nor beyond --timeout", async () => {
    await using world = await openLogin();
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
    await using world = await openLogin();
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
    await using world = await openLogin();
    world.provider.discovery = discovery;
    const { exit, stderr } = await world.rat("login", "--addr", world.ratd.address);
    expect(exit).toBeGreaterThan(2);
    expect(stderr).toContain(`error ${code}`);
    expect(stderr).toContain(why);
  });

  test("asks no issuer in clear text beyond this machine, and says when one is away", async () => {
    await using world = await openLogin();
    const { openid } = world.ratd.state.access.login;
    if (openid === null) throw new Error("no provider");
    const login = async (issuer: string): Promise<string> => {
      world.ratd.state.access.login = { auth_slot: "active", openid: { ...openid, issuer } };
      return (await world.rat("login", "--addr", world.ratd.address)).stderr;
    };
    expect(await login("http://sso.example")).toContain("error insecure_provider");
    expect(await login("http://127.0.0.1:1")).toContain("error provider_unreachable");
  });
});

describe("rat login where there is a provider, or none", () => {
  test.each([
    ["builtin", "this ratd has no sign-in: use an API key"],
    ["active", "names no OpenID provider: use an API key"],
    ["denying", "is down: use an API key"],
  ] as const)("without one, auth %s, names the way by API key", async (state, why) => {
    await using world = await openLogin();
    world.ratd.state.access.login = { auth_slot: state, openid: null };
    const { exit, stderr } = await world.rat("login", "--addr", world.ratd.address);
    expect(exit).toBe(6);
    expect(stderr).toContain(why);
    expect(stderr).toContain("rat login --api-key FILE");
  });

  test("keeps nothing that ratd does not take", async () => {
    await using world = await openLogin();
    world.ratd.state.access.accepted = new Set();
    const { exit, stderr } = await world.rat("login", "--addr", world.ratd.address);
    expect([exit, world.file()]).toEqual([4, ""]);
    expect(stderr).toContain("ratd does not take it");
  });

  test("prints no escape sequence of a provider", async () => {
    await using world = await openLogin();
    world.provider.device = { user_code: "A\u001B[2JB" };
    expect((await world.rat("login", "--addr", world.ratd.address)).stderr).not.toContain("\u001B");
  });
});
