import { describe, expect, test } from "vitest";
import { COMMANDS } from "../command-table.ts";
import { CONTEXTS_FILE } from "../testing/fake-contexts.ts";
import { startFakeRatd } from "../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../testing/fake-terminal.ts";
import { KEY_TEXT } from "../testing/sample-access.ts";
import { sampleArgs } from "../testing/sample-args.ts";
import { emptyState, troubledState } from "../testing/sample-state.ts";

function terminalWithFiles(): FakeTerminal {
  const terminal = new FakeTerminal();
  terminal.files.set("a.csv", "a,b\n1,2\n");
  terminal.files.set("secret.key", KEY_TEXT);
  terminal.privateFiles.files.set(
    CONTEXTS_FILE,
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
    ["config", "diff"],
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
