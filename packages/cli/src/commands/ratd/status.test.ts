import { describe, expect, test } from "vitest";
import { CliError } from "../../output/cli-error.ts";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { golden } from "../../testing/page.ts";
import { emptyState, troubledState } from "../../testing/sample-state.ts";

describe("rat status", () => {
  test("shows what is wrong, why, and what to run next", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { exit, stdout, stderr } = await rat(["status"], ratd.address);
    expect([exit, stderr]).toEqual([0, ""]);
    expect(golden(stdout, ratd.address)).toMatchInlineSnapshot(`
      "
      http://ratd:8080  ratd 0.1.0  up 12d  edition pro                                         ▲ DEGRADED
      SLOT         STATE       PLUGIN              VERSION  HEALTH    SINCE
      auth         ▲ fallback  auth-keycloak       1.2.0    down      4m     on_down noop: all requests accepted
      executor     ◆ degraded  container-executor  2.1.0    degraded  9m     queue 41
      sharing      ○ builtin   –                   –        –         –      not configured
      enforcement  ● active    enforcement-plugin  0.9.1    healthy   3d
      cloud        ○ builtin   –                   –        –         –      not configured
      auth is fallback: auth-keycloak is down: connection refused (keycloak:8080).
      Services: postgres healthy
      Next: rat slots show auth  ·  rat explain fallback  ·  rat doctor
      "
    `);
  });

  test("of a fresh ratd is quiet", async () => {
    await using ratd = await startFakeRatd(emptyState());
    const { stdout } = await rat(["status"], ratd.address);
    expect(golden(stdout, ratd.address)).toMatchInlineSnapshot(`
      "
      http://ratd:8080  ratd 0.1.0  up 12d  edition community     ● OK
      SLOT         STATE      PLUGIN  VERSION  HEALTH  SINCE
      auth         ○ builtin  –       –        –       –      not configured
      executor     ○ builtin  –       –        –       –      not configured
      sharing      ○ builtin  –       –        –       –      not configured
      enforcement  ○ builtin  –       –        –       –      not configured
      cloud        ○ builtin  –       –        –       –      not configured
      Services: postgres healthy
      Next: rat slots list  ·  rat events -f
      "
    `);
  });

  test("uses no route that needs a token", async () => {
    await using ratd = await startFakeRatd({ ...troubledState(), token: "secret" });
    expect((await rat(["status"], ratd.address)).exit).toBe(0);
    expect((await rat(["features"], ratd.address)).exit).toBe(0);
    expect((await rat(["doctor"], ratd.address)).exit).toBe(1);
    expect(new Set(ratd.seen)).toEqual(new Set(["GET /health", "GET /features"]));
  });

  test("as JSON lists the slots with their names", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { stdout } = await rat(["status", "-o", "json"], ratd.address);
    expect(JSON.parse(stdout)).toMatchObject({
      schema_version: 1,
      state: "degraded",
      slots: [{ name: "auth", state: "fallback" }, {}, {}, {}, { name: "cloud" }],
      next: ["rat slots show auth", "rat explain fallback", "rat doctor"],
    });
  });
});

describe("rat status --watch", () => {
  test("--watch off a terminal is a line per change, until interrupted", async () => {
    await using ratd = await startFakeRatd(emptyState());
    const terminal = new FakeTerminal();
    let sleeps = 0;
    terminal.onSleep = () => {
      sleeps += 1;
      if (sleeps === 2) ratd.state.health = troubledState().health;
      if (sleeps === 4) terminal.interrupt(new CliError("interrupted", "Ctrl-C"));
    };
    const { exit, stdout } = await rat(["status", "--watch"], ratd.address, terminal);
    expect(exit).toBe(130);
    expect(golden(stdout, ratd.address)).toMatchInlineSnapshot(`
      "
      2026-01-15T12:00:00.000Z  ratd  ok
      2026-01-15T12:00:00.000Z  postgres  healthy
      2026-01-15T12:00:00.000Z  auth  builtin
      2026-01-15T12:00:00.000Z  executor  builtin
      2026-01-15T12:00:00.000Z  sharing  builtin
      2026-01-15T12:00:00.000Z  enforcement  builtin
      2026-01-15T12:00:00.000Z  cloud  builtin
      2026-01-15T12:00:04.000Z  ratd  ok → degraded
      2026-01-15T12:00:04.000Z  auth  builtin → fallback
      2026-01-15T12:00:04.000Z  executor  builtin → degraded
      2026-01-15T12:00:04.000Z  enforcement  builtin → active
      "
    `);
  });
});
