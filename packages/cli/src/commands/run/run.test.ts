import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { rat } from "../../testing/fake-terminal.ts";
import { NOWHERE, page } from "../../testing/page.ts";
import { RUN_ID } from "../../testing/sample-pipelines.ts";
import { emptyState, troubledState } from "../../testing/sample-state.ts";

describe("rat run", () => {
  test("list", async () => {
    expect(await page("run", "list")).toMatchInlineSnapshot(`
      "
      RUN                         PIPELINE              STATE      TRIGGER  AGE  TOOK  ROWS  REASON
      0194f3c2a7d04b1e8f6a2c9b51  gold/monthly_weather  ● success  manual   1m   4.2s  48    –
      "
    `);
  });

  test("show", async () => {
    expect(await page("run", "show", RUN_ID)).toMatchInlineSnapshot(`
      "
      Run       0194f3c2a7d04b1e8f6a2c9b51
      Pipeline  gold/monthly_weather version 1
      State     ● success
      Trigger   manual
      Attempt   1 of 3
      Executor  warm-pool
      Rows      48
      Created   2026-01-15T11:59:00.000Z by u-1
      Started   2026-01-15T11:59:01.000Z
      Finished  2026-01-15T11:59:05.200Z
      Duration  4.2s
      "
    `);
  });

  test("result is a table, and says when it is not all", async () => {
    expect(await page("run", "result", RUN_ID)).toMatchInlineSnapshot(`
      "
      month  weather
      1      rain
      2      –
      The first 2 of 48 rows. All: rat namespace download gold/monthly_weather.parquet
      "
    `);
  });

  test("logs, without escape sequences", async () => {
    expect(await page("run", "logs", RUN_ID)).toMatchInlineSnapshot(`
      "
      2026-01-15T11:59:00Z INFO  48 rows written
      2026-01-15T11:59:01Z WARN  late
      "
    `);
    expect(await page("run", "logs", RUN_ID, "--level", "warn")).not.toContain("48 rows");
    expect(await page("run", "logs", RUN_ID, "-f")).toContain("late\n● success  gold/monthly_weather");
  });
});

describe("rat run start, and what is refused", () => {
  test("start sends pipeline, environment and a key, and shows the run", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const words = [
      "run",
      "start",
      "gold/monthly_weather",
      "--env",
      "A=1",
      "--env",
      "B=x=y",
      "--version",
      "2",
    ];
    const { exit, stderr } = await rat([...words, "--priority", "-5"], ratd.address);
    expect([exit, stderr]).toEqual([0, `Follow it with: rat run logs ${RUN_ID} -f\n`]);
    expect(ratd.seen).toEqual([
      'POST /api/v1/runs {"namespace":"default","layer":"gold","pipeline":"monthly_weather","version":2,"priority":-5,"env":{"A":"1","B":"x=y"}}',
    ]);
  });

  test.each([
    [["start", "gold/a", "--env", "A"], "--env A is no NAME=value"],
    [["start", "gold/a", "--priority", "high"], "--priority high is no whole number from -100 to 100"],
    [["start", "gold/a", "-f", "-o", "json"], "no single json document"],
    [["start", "gold/a", "--version", "0"], "--version 0 is no whole number"],
    [["logs", "x", "-f", "-o", "yaml"], "no single yaml document"],
    [["logs", "x", "--level", "loud"], '"loud" is no level; use debug, info, warn, error'],
    [["list", "--limit", "0"], "--limit 0 is no whole number"],
  ])("%j is refused before sending", async (words, detail) => {
    const { exit, stderr } = await rat(["run", ...words], NOWHERE);
    expect(exit).toBe(2);
    expect(stderr).toContain(detail);
  });

  test.each([["show"], ["logs"], ["wait"], ["result"], ["cancel"]])("%s of no run exits 5", async (verb) => {
    await using ratd = await startFakeRatd(emptyState());
    expect((await rat(["run", verb, RUN_ID], ratd.address)).exit).toBe(5);
  });

  test("start exits 4 when it is forbidden and 3 when no ratd is there", async () => {
    await using ratd = await startFakeRatd(troubledState());
    ratd.state.pipelines.refusal = { status: 403, code: "forbidden", detail: "no", violations: [] };
    expect((await rat(["run", "start", "gold/a", "--follow"], ratd.address)).exit).toBe(4);
    expect((await rat(["run", "start", "gold/a"], NOWHERE)).exit).toBe(3);
  });
});
