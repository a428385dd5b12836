import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { rat } from "../../testing/fake-terminal.ts";
import { NOWHERE, page } from "../../testing/page.ts";
import { troubledState } from "../../testing/sample-state.ts";

describe("rat trigger", () => {
  test("list", async () => {
    expect(await page("trigger", "list")).toMatchInlineSnapshot(`
      "
      TRIGGER                       PIPELINE                      KIND  CONFIG                                          STATE  NEXT                      FIRED  ERROR
      trg_0123456789abcdef01234567  default/gold/monthly_weather  cron  schedule=0 6 * * * time_zone=UTC catch_up=last  on     2026-01-16T06:00:00.000Z  1m     –
      "
    `);
  });

  test("create sends what its kind knows", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const words = ["trigger", "create", "gold/monthly_weather"];
    await rat([...words, "upstream", "--upstream", "silver/weather"], ratd.address);
    await rat([...words, "event", "--event", "x.y", "--min-interval", "5", "--paused"], ratd.address);
    expect(ratd.seen.map((line) => line.slice(line.indexOf("{")))).toEqual([
      '{"kind":"upstream","config":{"pipeline":"default/silver/weather"},"paused":false}',
      '{"kind":"event","config":{"event":"x.y","min_interval_seconds":5},"paused":true}',
    ]);
  });

  test.each([
    [["often"], "is no kind of trigger; use cron, webhook, upstream, event"],
    [["webhook", "--time-zone", "UTC"], "--time-zone belongs to triggers of kind cron, not webhook"],
    [["event", "--min-interval", "soon"], "no whole number"],
  ])("create refuses %j", async (words, detail) => {
    const { exit, stderr } = await rat(["trigger", "create", "gold/a", ...words], NOWHERE);
    expect(exit).toBe(2);
    expect(stderr).toContain(detail);
  });
});
