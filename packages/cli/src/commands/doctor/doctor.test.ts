import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { golden } from "../../testing/page.ts";
import { emptyState, troubledState, withSlot } from "../../testing/sample-state.ts";

describe("rat doctor", () => {
  test("names what fails and what to do, and exits 1", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { exit, stdout } = await rat(["doctor"], ratd.address);
    expect(exit).toBe(1);
    expect(golden(stdout.replaceAll(/\(\d+ ms\)/gu, "(1 ms)"), ratd.address)).toMatchInlineSnapshot(`
      "
      ratd      ✓ reachable http://ratd:8080 (1 ms), ratd 0.1.0
                ✓ rat has the same version, 0.1.0
      services  ✓ postgres is healthy
      slots     ✗ auth is in fallback for 4m: auth-keycloak is down: connection refused (keycloak:8080).
                    try: bring auth-keycloak back
                    try: rat slots show auth
                    try: rat plugin show auth-keycloak
                ! auth has on_down noop; recommended in production: deny
                    try: set \`on_down: deny\` under \`plugins.auth\` in rat.yaml
                ! executor is degraded for 9m: queue 41
                    try: rat slots show executor
                    try: rat plugin show container-executor
                ✓ sharing is not configured; its built-in answers
                ✓ enforcement is served by enforcement-plugin 0.9.1
                ✓ cloud is not configured; its built-in answers
      1 failed, 2 warnings, 6 passed
      "
    `);
  });

  test("passes on a fresh ratd", async () => {
    await using ratd = await startFakeRatd(emptyState());
    const { exit, stdout } = await rat(["doctor"], ratd.address);
    expect(exit).toBe(0);
    expect(stdout).toContain("0 failed, 0 warnings, 8 passed\n");
  });

  test.each(["fallback", "denying", "unknown"] as const)("fails for a slot in %s", async (state) => {
    const change = { state, plugin: "p", on_down: "deny", health: "down" } as const;
    await using ratd = await startFakeRatd(withSlot(emptyState(), "executor", change));
    const { exit, stdout } = await rat(["doctor"], ratd.address);
    expect(exit).toBe(1);
    expect(stdout).toContain("1 failed, 0 warnings, 7 passed");
  });

  test.each([
    ["auth", "network", 1],
    ["enforcement", "network", 1],
    ["sharing", "network", 0],
    ["auth", "loopback", 0],
  ] as const)("%s with on_down noop on %s exits %i and recommends deny", async (slot, exposure, code) => {
    const change = { state: "active", plugin: "p", on_down: "noop", health: "healthy" } as const;
    const state = withSlot(emptyState(), slot, change);
    state.health = { ...state.health, exposure };
    await using ratd = await startFakeRatd(state);
    const { exit, stdout } = await rat(["doctor"], ratd.address);
    expect(exit).toBe(code);
    expect(stdout).toContain(`set \`on_down: deny\` under \`plugins.${slot}\` in rat.yaml`);
  });

  test("leaves the executor with noop alone", async () => {
    const change = { state: "active", plugin: "p", on_down: "noop", health: "healthy" } as const;
    await using ratd = await startFakeRatd(withSlot(emptyState(), "executor", change));
    expect((await rat(["doctor"], ratd.address)).stdout).toContain("0 failed, 0 warnings");
  });

  test("fails when postgres is down, and for a token that is refused", async () => {
    const state = emptyState();
    state.health = { ...state.health, services: { postgres: "down" } };
    await using ratd = await startFakeRatd({ ...state, token: "good" });
    const terminal = new FakeTerminal();
    terminal.env["RAT_TOKEN"] = "bad";
    const { exit, stdout } = await rat(["doctor"], ratd.address, terminal);
    expect(exit).toBe(1);
    expect(stdout).toContain("✗ postgres is down\n              try: bring PostgreSQL back");
    expect(stdout).toContain("✗ what RAT_TOKEN holds is refused");
    expect(stdout).toContain("2 failed");
  });
});

describe("rat doctor as a report", () => {
  test("without a ratd reports that and exits 3, also as JSON", async () => {
    const { exit, stdout } = await rat(["doctor", "-o", "json"], "http://127.0.0.1:1");
    expect(exit).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ failed: 1, items: [{ name: "reachable", result: "fail" }] });
  });

  test("as a JUnit report", async () => {
    const change = { state: "denying", plugin: `<"p">`, on_down: "deny", reason: "a & b" } as const;
    await using ratd = await startFakeRatd(withSlot(emptyState(), "cloud", change));
    const { stdout } = await rat(["doctor", "-o", "junit"], ratd.address);
    expect(golden(stdout, ratd.address)).toMatchInlineSnapshot(`
      "
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="rat doctor" tests="8" failures="1" errors="0" skipped="0">
        <testsuite name="rat doctor" tests="8" failures="1" errors="0" skipped="0">
          <testcase classname="doctor.ratd" name="reachable"/>
          <testcase classname="doctor.ratd" name="version"/>
          <testcase classname="doctor.services" name="postgres"/>
          <testcase classname="doctor.slots" name="auth"/>
          <testcase classname="doctor.slots" name="executor"/>
          <testcase classname="doctor.slots" name="sharing"/>
          <testcase classname="doctor.slots" name="enforcement"/>
          <testcase classname="doctor.slots" name="cloud">
            <failure message="cloud is denying for 12d: a &amp; b">cloud is denying for 12d: a &amp; b; try: bring &lt;&quot;p&quot;&gt; back; try: rat slots show cloud; try: rat plugin show &lt;&quot;p&quot;&gt;</failure>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `);
  });

  test("as annotations of a workflow", async () => {
    const change = { state: "denying", plugin: "p", on_down: "deny", reason: "100%, sure" } as const;
    await using ratd = await startFakeRatd(withSlot(emptyState(), "cloud", change));
    const { stdout } = await rat(["doctor", "-o", "github-actions"], ratd.address);
    expect(golden(stdout, ratd.address)).toMatchInlineSnapshot(`
      "
      ::error title=rat slots%3A cloud::cloud is denying for 12d: 100%25, sure; try: bring p back; try: rat slots show cloud; try: rat plugin show p
      "
    `);
  });
});
