import { describe, expect, test } from "vitest";
import { COMMANDS } from "../command-table.ts";
import { CliError } from "../output/cli-error.ts";
import { startFakeRatd } from "../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../testing/fake-terminal.ts";
import { KEY_TEXT } from "../testing/sample-access.ts";
import { sampleArgs } from "../testing/sample-args.ts";
import { emptyState, troubledState, withSlot } from "../testing/sample-state.ts";

/** Replaces the port, which is another one at each run. */
function golden(text: string, address: string): string {
  return `\n${text.replaceAll(address, "http://ratd:8080")}`;
}

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

describe("rat slots and rat plugin", () => {
  test.each([
    [["slots", "list"]],
    [["slots", "list", "-o", "wide"]],
    [["slots", "show", "auth"]],
    [["plugin", "list"]],
    [["plugin", "show", "p-1"]],
  ])("%j", async (words) => {
    await using ratd = await startFakeRatd(troubledState());
    const { exit, stdout } = await rat(words, ratd.address);
    expect(exit).toBe(0);
    expect(golden(stdout, ratd.address)).toMatchSnapshot();
  });

  test("a plugin is found by its name too", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { stdout } = await rat(["plugin", "show", "auth-keycloak", "-o", "name"], ratd.address);
    expect(stdout).toBe("auth-keycloak\n");
  });

  test("filters are ratd's", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const words = ["plugin", "list", "--slot", "auth", "--health", "healthy"];
    const { exit, stdout, stderr } = await rat(words, ratd.address);
    expect(ratd.seen).toEqual(["GET /api/v1/plugins?slot=auth&health=healthy"]);
    expect([exit, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("No plugins.");
  });

  test("what is not there exits 5", async () => {
    await using ratd = await startFakeRatd(troubledState());
    expect((await rat(["slots", "show", "nope"], ratd.address)).exit).toBe(5);
    expect((await rat(["plugin", "show", "nope"], ratd.address)).exit).toBe(5);
  });
});

describe("rat events", () => {
  const frames =
    'id: b-1\nevent: slot.fallback\ndata: {"at":"2026-01-15T12:00:00.000Z","object":"auth","from":"active","to":"fallback","reason":"down"}\n\n' +
    'id: b-2\nevent: plugin.health.down\ndata: {"at":"2026-01-15T12:00:01.000Z","object":"p","from":"healthy","to":"down","message":"refused"}\n\n';

  test("without -f prints what a while brought", async () => {
    await using ratd = await startFakeRatd({ ...troubledState(), eventFrames: frames });
    const terminal = new FakeTerminal();
    terminal.sleep = () => new Promise((resolve) => setTimeout(resolve, 150));
    const { exit, stdout } = await rat(["events", "--topics", "slots, plugins"], ratd.address, terminal);
    expect(exit).toBe(0);
    expect(ratd.seen).toEqual(["GET /api/v1/events?topics=slots,plugins"]);
    expect(golden(stdout, ratd.address)).toMatchInlineSnapshot(`
      "
      AT                        EVENT               OBJECT  WHAT
      2026-01-15T12:00:00.000Z  slot.fallback       auth    active → fallback  down
      2026-01-15T12:00:01.000Z  plugin.health.down  p       healthy → down  refused
      "
    `);
  });

  test("-f prints each as it comes, until interrupted", async () => {
    await using ratd = await startFakeRatd({ ...troubledState(), eventFrames: frames });
    const terminal = new FakeTerminal();
    const write = terminal.out.bind(terminal);
    terminal.out = (text) => {
      write(text);
      if (text.includes("b-2")) terminal.interrupt(new CliError("interrupted", "Ctrl-C"));
    };
    const { exit, stdout } = await rat(["events", "-f", "-o", "ndjson"], ratd.address, terminal);
    expect(exit).toBe(130);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).id),
    ).toEqual(["b-1", "b-2"]);
  });

  test("-f is refused as one JSON document", async () => {
    const { exit, stderr } = await rat(["events", "-f", "-o", "json"], "http://127.0.0.1:1");
    expect(exit).toBe(2);
    expect(JSON.parse(stderr).error.try).toEqual(["rat events -f -o ndjson"]);
  });
});

describe("rat api", () => {
  test.each([
    ['{"a":1}', '{"a":1}'],
    ["@body.json", '{"from":"file"}'],
    ["-", '{"from":"stdin"}'],
  ])("sends --data %s", async (data, body) => {
    await using ratd = await startFakeRatd(troubledState());
    const terminal = new FakeTerminal();
    terminal.files.set("body.json", '{"from":"file"}').set("-", '{"from":"stdin"}');
    const { exit, stdout } = await rat(
      ["api", "post", "api/v1/echo", "--data", data],
      ratd.address,
      terminal,
    );
    expect([exit, stdout]).toEqual([0, `${body}\n`]);
    expect(ratd.seen).toEqual([`POST /api/v1/echo ${body}`]);
  });

  test("an answer without body is null as JSON, and a message otherwise", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const words = ["api", "DELETE", "/api/v1/nothing"];
    expect(await rat([...words, "-o", "json"], ratd.address)).toMatchObject({ exit: 0, stdout: "null\n" });
    expect(await rat(words, ratd.address)).toMatchObject({ stdout: "", stderr: "204, no body\n" });
  });

  test.each([
    ["api", "GET", "/x", "--data", "{}"],
    ["api", "POST", "/x", "--data", "{"],
    ["api", "POST", "/x", "--data", "@missing"],
    ["api", "G T", "/x"],
    ["api", "GET", "/api/v1/events?topics=slots"],
  ])("refuses %s %s %s %s %s before sending", async (...words) => {
    expect((await rat(words, "http://127.0.0.1:1")).exit).toBe(2);
  });
});

describe("rat explain", () => {
  test.each(["slot_denying", "FALLBACK", "8", "unreachable"])(
    "explains %s without a network",
    async (code) => {
      const { exit, stdout } = await rat(["explain", code], "http://127.0.0.1:1");
      expect(exit).toBe(0);
      expect(golden(stdout, "http://127.0.0.1:1")).toMatchSnapshot();
    },
  );

  test("of something unknown exits 5 and names what is near", async () => {
    const { exit, stderr } = await rat(["explain", "fall", "-o", "json"], "http://127.0.0.1:1");
    expect(exit).toBe(5);
    expect(JSON.parse(stderr).error).toMatchObject({
      code: "nothing_known",
      try: ["rat explain auth_fallback", "rat explain fallback"],
    });
  });
});

describe("rat conformance run", () => {
  test("exits 3 when the plugin cannot be reached, with a JUnit report all the same", async () => {
    const words = ["conformance", "run", "auth", "127.0.0.1:1", "-o", "junit"];
    const { exit, stdout } = await rat(words, "http://127.0.0.1:1");
    expect(exit).toBe(3);
    expect(stdout).toContain("the plugin cannot be reached");
  });

  test("names the slots that have a suite", async () => {
    const { exit, stderr } = await rat(["conformance", "run", "storage", "x:1"], "http://127.0.0.1:1");
    expect(exit).toBe(2);
    expect(stderr).toContain("use auth, executor, sharing, enforcement, cloud");
  });
});

function terminalWithFiles(): FakeTerminal {
  const terminal = new FakeTerminal();
  terminal.files.set("a.csv", "a,b\n1,2\n");
  terminal.files.set("secret.key", KEY_TEXT);
  terminal.privateFiles.files.set(
    "/home/u/.config/rat/contexts.yaml",
    "version: 1\ncontexts: { here: { address: http://127.0.0.1:1 } }\n",
  );
  terminal.files.set(
    "pipelines.yaml",
    "layer: gold\nname: monthly_weather\nkind: sql\nspec: { sql: SELECT 1 }\n",
  );
  return terminal;
}

describe("every command", () => {
  const words = COMMANDS.map(({ path }) => {
    return [...path.split(" "), ...(sampleArgs[path] ?? [])];
  });

  test.each(words)("prints JSON that parses: %s %s %s %s", async (...line) => {
    await using ratd = await startFakeRatd(troubledState());
    const { stdout } = await rat([...line, "-o", "json"], ratd.address, terminalWithFiles());
    expect(typeof JSON.parse(stdout)).toBe("object");
  });

  test.each([
    ["slots", "list"],
    ["plugin", "list"],
    ["pipeline", "list"],
    ["trigger", "list"],
    ["run", "list"],
    ["context", "list"],
    ["access", "keys", "list"],
    ["access", "shares", "received"],
    ["access", "leases", "list"],
    ["events", "--timeout", "50ms"],
  ])("that lists prints an empty list as []: %s %s", async (...line) => {
    await using ratd = await startFakeRatd({ ...emptyState(), slots: [] });
    const { exit, stdout, stderr } = await rat([...line, "-o", "json"], ratd.address);
    expect([exit, stdout, stderr]).toEqual([0, '{"schema_version":1,"items":[]}\n', ""]);
  });

  test.each(words)("prints no escape sequence off a terminal: %s %s %s %s", async (...line) => {
    await using ratd = await startFakeRatd(troubledState());
    const { stdout, stderr } = await rat(line, ratd.address, terminalWithFiles());
    expect(stdout + stderr).not.toContain("\u001B");
  });

  test("colours on a terminal, and not with --no-color", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const [coloured, plain] = [new FakeTerminal(), new FakeTerminal()];
    coloured.isTerminal = true;
    plain.isTerminal = true;
    expect((await rat(["status"], ratd.address, coloured)).stdout).toContain("\u001B[31m▲ fallback\u001B[0m");
    expect((await rat(["status", "--no-color"], ratd.address, plain)).stdout).not.toContain("\u001B");
  });
});
