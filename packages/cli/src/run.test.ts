import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "./program.ts";
import { startFakeRatd } from "./testing/fake-ratd.ts";
import { FakeTerminal, rat } from "./testing/fake-terminal.ts";
import { NOWHERE } from "./testing/page.ts";
import { troubledState } from "./testing/sample-state.ts";

describe("bad usage exits 2 and says what is wrong, as JSON when asked", () => {
  test.each([
    [["slots"], "a command is missing"],
    [["stauts"], "unknown command 'stauts' (Did you mean status?)"],
    [["status", "--what"], "unknown option '--what'"],
    [["slots", "show"], "missing required argument 'slot'"],
    [["status", "extra"], "too many arguments"],
    [["status", "--timeout", "soon"], "--timeout soon is not a duration"],
    [["status", "--addr", "ftp://x"], '"ftp://x" is not an address of ratd'],
    [["status", "--token-file", "/nowhere"], "--token-file cannot be read"],
  ])("%j", async (words, detail) => {
    const { exit, stdout, stderr } = await rat([...words, "-o", "json"], NOWHERE);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(JSON.parse(stderr).error.code).toBe("bad_usage");
    expect(JSON.parse(stderr).error.detail).toContain(detail);
  });

  test.each([["xml"], ["junit"]])("the format %s of status", async (format) => {
    const { exit, stderr } = await rat(["status", "-o", format], NOWHERE);
    expect(exit).toBe(2);
    expect(stderr).toContain("use table, wide, json, yaml, ndjson, name\n");
  });
});

describe("help", () => {
  test("says of every group what it is about", () => {
    const described = (command: Command): string[] =>
      command.commands.flatMap((one) => [`${one.name()}: ${one.description()}`, ...described(one)]);
    const program = createProgram({ out: () => undefined, act: () => Promise.resolve() });
    const all = described(program);
    expect(all.length).toBeGreaterThan(50);
    expect(all.filter((line) => /^([a-z-]+): \1?$/.test(line))).toEqual([]);
  });

  test.each([[[]], [["--help"]], [["slots", "--help"]], [["help", "status"]]])(
    "of %j is data and exits 0",
    async (words) => {
      const { exit, stdout, stderr } = await rat(words, NOWHERE);
      expect([exit, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("Usage: rat");
    },
  );
});

describe("an error of ratd", () => {
  test("names code, why, what to try and the request id", async () => {
    await using ratd = await startFakeRatd({ ...troubledState(), token: "secret" });
    const { exit, stdout, stderr } = await rat(["slots", "list"], ratd.address);
    expect([exit, stdout]).toEqual([4, ""]);
    expect(`\n${stderr}`).toMatchInlineSnapshot(`
      "
      error unauthenticated: Title of unauthenticated
        Why   This route needs a valid token.
        Try   Send a valid token as \`Authorization: Bearer <token>\` (for the CLI: \`rat login\`).
              Sign in: rat login. Or with an API key: rat login --api-key FILE, or RAT_API_KEY.
        Docs  rat explain unauthenticated
        Id    req-1
      "
    `);
  });

  test("is one line of JSON on stderr with -o json", async () => {
    await using ratd = await startFakeRatd({ ...troubledState(), token: "secret" });
    const { stderr } = await rat(["slots", "list", "--output=json"], ratd.address);
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: "unauthenticated",
        title: "Title of unauthenticated",
        detail: "This route needs a valid token.",
        try: [expect.stringContaining("Authorization"), expect.stringContaining("rat login")],
        request_id: "req-1",
      },
    });
  });
});

describe("the token", () => {
  test.each([
    ["of RAT_TOKEN", { RAT_TOKEN: "secret" }, []],
    ["of a file, without its line break", {}, ["--token-file", "token"]],
    ["of a file before RAT_TOKEN", { RAT_TOKEN: "wrong" }, ["--token-file", "token"]],
  ])("%s is sent", async (_, env, words) => {
    await using ratd = await startFakeRatd({ ...troubledState(), token: "secret" });
    const terminal = new FakeTerminal();
    terminal.files.set("token", "secret\n");
    Object.assign(terminal.env, env);
    expect((await rat(["slots", "list", ...words], ratd.address, terminal)).exit).toBe(0);
  });

  test("never shows up with --debug", async () => {
    await using ratd = await startFakeRatd({ ...troubledState(), token: "other" });
    const terminal = new FakeTerminal();
    terminal.env["RAT_TOKEN"] = "secret-token";
    const { stderr } = await rat(["--debug", "slots", "list"], ratd.address, terminal);
    expect(stderr).toContain(`> GET ${ratd.address}/api/v1/slots\n< 401 after`);
    expect(stderr).not.toContain("secret-token");
  });
});

test("a ratd that is not there exits 3 and names the address", async () => {
  const { exit, stderr } = await rat(["status"], NOWHERE);
  expect(exit).toBe(3);
  expect(stderr).toContain(`cannot reach ratd at ${NOWHERE}`);
});

test("--addr goes before RAT_ADDR, and stands after the command too", async () => {
  await using ratd = await startFakeRatd(troubledState());
  expect((await rat(["features", "--addr", ratd.address], NOWHERE)).exit).toBe(0);
});

test("--quiet leaves out messages, not data", async () => {
  await using ratd = await startFakeRatd({ ...troubledState(), plugins: [] });
  expect(await rat(["plugin", "list", "--quiet"], ratd.address)).toEqual({ exit: 0, stdout: "", stderr: "" });
});
