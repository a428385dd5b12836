import { describe, expect, test } from "vitest";
import { withContexts } from "../testing/fake-contexts.ts";
import { startFakeRatd, type FakeRatd } from "../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../testing/fake-terminal.ts";
import { NOWHERE } from "../testing/page.ts";
import { KEY_TEXT } from "../testing/sample-access.ts";
import { troubledState } from "../testing/sample-state.ts";

async function ratdThatTakes(...accepted: readonly string[]): Promise<FakeRatd> {
  const ratd = await startFakeRatd(troubledState());
  ratd.state.access.accepted = new Set(accepted);
  return ratd;
}

describe("options go before the environment, that before the context", () => {
  test.each([
    ["the context in use", [], {}, "token-one"],
    ["RAT_CONTEXT", [], { RAT_CONTEXT: "two" }, KEY_TEXT],
    ["--context before RAT_CONTEXT", ["--context", "one"], { RAT_CONTEXT: "two" }, "token-one"],
    ["RAT_TOKEN before the context", [], { RAT_TOKEN: "env" }, "env"],
    ["RAT_API_KEY before the context", [], { RAT_API_KEY: "env-key" }, "env-key"],
    ["RAT_TOKEN before --context", ["--context", "two"], { RAT_TOKEN: "env" }, "env"],
    ["--token-file before RAT_API_KEY", ["--token-file", "f"], { RAT_API_KEY: "env-key" }, "file"],
    ["empty variables are none", [], { RAT_CONTEXT: "", RAT_TOKEN: "", RAT_ADDR: "" }, "token-one"],
  ])("%s", async (_, words, env, secret) => {
    await using ratd = await ratdThatTakes(secret);
    const terminal = withContexts({ one: ratd.address, two: ratd.address });
    terminal.files.set("f", "file\n");
    Object.assign(terminal.env, env);
    expect(await rat(["slots", "list", ...words], "", terminal)).toMatchObject({ exit: 0 });
  });

  test("the address too", async () => {
    await using ratd = await ratdThatTakes(KEY_TEXT);
    const terminal = withContexts({ one: NOWHERE, two: ratd.address });
    expect((await rat(["slots", "list"], "", terminal)).exit).toBe(3);
    // The only context of that address.
    expect((await rat(["slots", "list", "--addr", `${ratd.address}/`], "", terminal)).exit).toBe(0);
    terminal.env["RAT_ADDR"] = ratd.address;
    expect((await rat(["slots", "list"], "", terminal)).exit).toBe(0);
    expect((await rat(["slots", "list", "--addr", NOWHERE], "", terminal)).exit).toBe(3);
  });

  test("a token and a key at once are refused", async () => {
    const terminal = new FakeTerminal();
    Object.assign(terminal.env, { RAT_TOKEN: "a", RAT_API_KEY: "b" });
    const { exit, stderr } = await rat(["slots", "list"], NOWHERE, terminal);
    expect(exit).toBe(2);
    expect(stderr).toContain("RAT_TOKEN and RAT_API_KEY are both set");
  });
});
