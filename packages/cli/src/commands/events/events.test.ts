import { describe, expect, test } from "vitest";
import { CliError } from "../../output/cli-error.ts";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { golden } from "../../testing/page.ts";
import { troubledState } from "../../testing/sample-state.ts";

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
