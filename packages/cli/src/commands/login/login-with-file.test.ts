import { describe, expect, test } from "vitest";
import { openLogin } from "../../testing/login-world.ts";
import { KEY_TEXT } from "../../testing/sample-access.ts";

describe("rat login with a file", () => {
  test.each([
    ["--api-key", KEY_TEXT, "api_key", "api_key: rat_"],
    ["--token", "a.b.c", "plugin", "token: a.b.c"],
  ] as const)("%s keeps what ratd takes, from a file or stdin", async (option, secret, mode, kept) => {
    await using world = await openLogin();
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
    await using world = await openLogin();
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
    await using world = await openLogin();
    const { access } = world.ratd.state;
    access.accepted = undefined;
    access.me = { ...access.me, auth_mode: mode };
    world.terminal.files.set("f", "t");
    const { exit, stderr } = await world.rat("login", "--addr", world.ratd.address, "--token", "f");
    expect([exit, world.file()]).toEqual([6, ""]);
    expect(stderr).toContain(why);
  });
});
