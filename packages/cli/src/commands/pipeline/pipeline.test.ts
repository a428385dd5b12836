import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { rat } from "../../testing/fake-terminal.ts";
import { NOWHERE, page } from "../../testing/page.ts";
import { emptyState, troubledState } from "../../testing/sample-state.ts";

describe("rat pipeline", () => {
  test("list", async () => {
    expect(await page("pipeline", "list")).toMatchInlineSnapshot(`
      "
      PIPELINE              KIND  PUBLISHED  LATEST  CHANGED  DESCRIPTION
      gold/monthly_weather  sql   1          2       1m       weather by month
      "
    `);
  });

  test("show prints the spec as it is written, without escape sequences", async () => {
    expect(await page("pipeline", "show", "gold/monthly_weather")).toMatchInlineSnapshot(`
      "
      Pipeline     gold/monthly_weather
      Description  weather by month
      Owner        u-1
      Published    1
      Latest       2
      Version      2 of 2026-01-15T11:59:00.000Z by u-1
      Message      wider
      Kind         sql, isolation process
      Time limit   3600s, 3 attempts

      sql:
        SELECT 1
        FROM silver.weather
      "
    `);
  });

  test("versions", async () => {
    expect(await page("pipeline", "versions", "gold/monthly_weather")).toMatchInlineSnapshot(`
      "
      VERSION  PUBLISHED  KIND  AGE  BY   MESSAGE
      2        –          sql   1m   u-1  wider
      "
    `);
  });

  test("diff", async () => {
    expect(await page("pipeline", "diff", "gold/monthly_weather")).toMatchInlineSnapshot(`
      "
      /spec/sql
        - SELECT 1
        + SELECT 2
        + FROM t
      "
    `);
  });

  test.each(["weather", "iron/weather", "a/b/c/d", "gold/", "gold/W", "x/gold/weather/y"])(
    "refuses %j as a pipeline",
    async (ref) => {
      const { exit, stderr } = await rat(["pipeline", "show", ref], NOWHERE);
      expect(exit).toBe(2);
      expect(stderr).toContain("[namespace/]layer/name");
    },
  );

  test("that is not there exits 5", async () => {
    await using ratd = await startFakeRatd(emptyState());
    expect((await rat(["pipeline", "show", "gold/x"], ratd.address)).exit).toBe(5);
  });

  test("that may not be changed exits 4", async () => {
    await using ratd = await startFakeRatd(troubledState());
    ratd.state.pipelines.refusal = { status: 403, code: "forbidden", detail: "no", violations: [] };
    expect((await rat(["pipeline", "delete", "gold/monthly_weather"], ratd.address)).exit).toBe(4);
  });
});
