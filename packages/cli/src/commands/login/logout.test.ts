import { describe, expect, test } from "vitest";
import { TOKENS } from "../../testing/fake-provider.ts";
import { signedIn } from "../../testing/login-world.ts";

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
