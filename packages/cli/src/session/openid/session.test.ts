import { describe, expect, test } from "vitest";
import { CONTEXTS_FILE } from "../../testing/fake-contexts.ts";
import { TOKENS, refusal, tokens } from "../../testing/fake-provider.ts";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { canaries, polls, signedIn } from "../../testing/login-world.ts";
import { troubledState } from "../../testing/sample-state.ts";

const FIVE_MINUTES = 300_000;
const never = new AbortController().signal;

describe("a session", () => {
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
});

describe("a session at its limits", () => {
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
    world.terminal.privateFiles.files.set(
      CONTEXTS_FILE,
      world.file().replaceAll(world.ratd.address, other.address),
    );
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
