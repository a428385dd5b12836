import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { golden } from "../../testing/page.ts";
import { emptyState, troubledState, withSlot } from "../../testing/sample-state.ts";

describe("rat health", () => {
  test("is 1 while ratd is degraded, and says which service", async () => {
    const state = troubledState();
    state.health = { ...state.health, status: "degraded", services: { postgres: "down" } };
    await using ratd = await startFakeRatd(state);
    const { exit, stdout } = await rat(["health"], ratd.address);
    expect(exit).toBe(1);
    expect(golden(stdout, ratd.address)).toMatchInlineSnapshot(`
      "
      degraded  ratd 0.1.0  up 12d
      KIND     NAME                HEALTH
      service  postgres            down
      plugin   auth-keycloak       down
      plugin   container-executor  degraded
      plugin   enforcement-plugin  healthy
      "
    `);
  });

  test("--wait goes on until ratd is ready", async () => {
    await using ratd = await startFakeRatd({ ...emptyState(), ready: false });
    const terminal = new FakeTerminal();
    terminal.onSleep = () => {
      ratd.state.ready = true;
    };
    expect((await rat(["health", "--wait"], ratd.address, terminal)).exit).toBe(0);
    expect(ratd.seen.filter((line) => line.endsWith("/ready"))).toHaveLength(2);
  });

  test("--wait ends with 8, the unit and its last message", async () => {
    const state = {
      ...withSlot(emptyState(), "auth", { state: "unknown", reason: "not checked yet" }),
      ready: false,
    };
    await using ratd = await startFakeRatd(state);
    const { exit, stderr } = await rat(["health", "--wait", "--timeout", "3s"], ratd.address);
    expect(exit).toBe(8);
    expect(golden(stderr, ratd.address)).toMatchInlineSnapshot(`
      "
      error timed_out: Timed out
        Why   ratd at http://ratd:8080 was not ready within 3s; slot auth is unknown: not checked yet
        Try   \`rat doctor\` looks for the cause; --timeout gives it longer.
        Docs  rat explain timed_out
      "
    `);
  });

  test("--wait for a ratd that is not there ends with 8 and the reason", async () => {
    const { exit, stderr } = await rat(["health", "--wait", "--timeout", "1s"], "http://127.0.0.1:1");
    expect(exit).toBe(8);
    expect(stderr).toContain("not ready within 1s; ratd: ");
  });
});
