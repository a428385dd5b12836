import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { troubledState } from "../../testing/sample-state.ts";

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
