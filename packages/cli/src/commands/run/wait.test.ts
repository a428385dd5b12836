import { describe, expect, test } from "vitest";
import { CliError } from "../../output/cli-error.ts";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { RUN_ID, sampleLine, sampleRun } from "../../testing/sample-pipelines.ts";
import { troubledState } from "../../testing/sample-state.ts";

/** A ratd whose run is `pending`, then `running`, then as it ends. */
async function ratdWithRun(end: Parameters<typeof sampleRun>[0]) {
  const ratd = await startFakeRatd(troubledState());
  const { pipelines } = ratd.state;
  const begun = { duration_ms: null, rows_written: null, finished_at: null };
  pipelines.runs = [sampleRun({ ...begun, state: "pending", reason: "no runner is free", attempt: 0 })];
  let asked = 0;
  pipelines.onWait = () => {
    asked += 1;
    if (asked === 2) pipelines.runs = [sampleRun({ ...begun, state: "running" })];
    if (asked === 4) pipelines.runs = [sampleRun(end)];
  };
  return ratd;
}

describe("waiting for a run", () => {
  test("start --wait tells each change once, with the reason of the wait, and exits 0", async () => {
    await using ratd = await ratdWithRun({});
    const { exit, stdout, stderr } = await rat(
      ["run", "start", "gold/monthly_weather", "--wait"],
      ratd.address,
    );
    expect([exit, stdout]).toEqual([0, ""]);
    expect(`\n${stderr}`).toMatchInlineSnapshot(`
      "
      Run 0194f3c2a7d04b1e8f6a2c9b51 of gold/monthly_weather version 1
      ◌ pending  gold/monthly_weather: no runner is free
      ▶ running  gold/monthly_weather
      ● success  gold/monthly_weather 0194f3c2a7d04b1e8f6a2c9b51 after 4.2s, 48 rows
      "
    `);
  });

  test.each([
    ["failed", 1],
    ["cancelled", 1],
    ["success", 0],
  ] as const)("wait for a run that ends as %s exits %d", async (state, code) => {
    await using ratd = await ratdWithRun({ state, reason: "why\u001B[31m" });
    const { exit, stderr } = await rat(["run", "wait", RUN_ID], ratd.address);
    expect(exit).toBe(code);
    expect(stderr).toContain("why\n");
  });

  test("wait -o json is the run, and parses", async () => {
    await using ratd = await ratdWithRun({ state: "failed" });
    const { exit, stdout } = await rat(["run", "wait", RUN_ID, "-o", "json"], ratd.address);
    expect([exit, JSON.parse(stdout)]).toMatchObject([1, { schema_version: 1, id: RUN_ID, state: "failed" }]);
  });

  test("a status line is redrawn on a terminal, and gone at the end", async () => {
    await using ratd = await ratdWithRun({});
    const terminal = new FakeTerminal();
    terminal.errIsTerminal = true;
    const { stderr } = await rat(["run", "wait", RUN_ID], ratd.address, terminal);
    const shown = stderr.split("\r\u001B[2K");
    expect(shown[1]).toBe("◌ pending  gold/monthly_weather: no runner is free  0s");
    expect(shown.at(-1)).toBe(`● success  gold/monthly_weather ${RUN_ID} after 4.2s, 48 rows\n`);
  });
});

describe("a wait that is cut short", () => {
  test("a wait that takes too long exits 8 with state, reason and last lines", async () => {
    await using ratd = await startFakeRatd(troubledState());
    ratd.state.pipelines.runs = [sampleRun({ state: "running", reason: "busy" })];
    ratd.state.pipelines.lines = Array.from({ length: 12 }, (_, n) => sampleLine(n, `line ${n}`));
    const terminal = new FakeTerminal();
    // The time passes once the wait has begun, however long the first answer takes on a busy machine.
    const begun = Promise.withResolvers<void>();
    ratd.state.pipelines.onWait = () => begun.resolve();
    const sleep = terminal.sleep.bind(terminal);
    terminal.sleep = (ms, signal) => begun.promise.then(() => sleep(ms, signal));
    const { exit, stderr } = await rat(["run", "wait", RUN_ID, "--timeout", "5s"], ratd.address, terminal);
    expect(exit).toBe(8);
    expect(`\n${stderr}`).toMatchInlineSnapshot(`
      "
      ▶ running  gold/monthly_weather: busy
      Its last lines:
      2026-01-15T11:59:02Z INFO  line 2
      2026-01-15T11:59:03Z INFO  line 3
      2026-01-15T11:59:04Z INFO  line 4
      2026-01-15T11:59:05Z INFO  line 5
      2026-01-15T11:59:06Z INFO  line 6
      2026-01-15T11:59:07Z INFO  line 7
      2026-01-15T11:59:08Z INFO  line 8
      2026-01-15T11:59:09Z INFO  line 9
      2026-01-15T11:59:10Z INFO  line 10
      2026-01-15T11:59:11Z INFO  line 11
      error timed_out: Timed out
        Why   run 0194f3c2a7d04b1e8f6a2c9b51 is still running after 5s: busy
        Try   rat run logs 0194f3c2a7d04b1e8f6a2c9b51 -f
              rat run cancel 0194f3c2a7d04b1e8f6a2c9b51
        Docs  rat explain timed_out
      "
    `);
  });

  test("Ctrl-C says that the run goes on, and how to cancel it", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const terminal = new FakeTerminal();
    ratd.state.pipelines.runs = [sampleRun({ state: "running" })];
    ratd.state.pipelines.onWait = () => terminal.interrupt(new CliError("interrupted", "Ctrl-C"));
    const { exit, stderr } = await rat(["run", "logs", RUN_ID, "-f"], ratd.address, terminal);
    expect(exit).toBe(130);
    expect(stderr).toContain(`Run ${RUN_ID} goes on. Cancel it with: rat run cancel ${RUN_ID}\n`);
  });
});
