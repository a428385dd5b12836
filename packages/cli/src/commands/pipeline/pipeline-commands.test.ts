import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { emptyState, troubledState } from "../../testing/sample-state.ts";

const NOWHERE = "http://127.0.0.1:1";

/** The output of one command line, as a page. */
async function page(...words: readonly string[]): Promise<string> {
  await using ratd = await startFakeRatd(troubledState());
  const { stdout, stderr } = await rat(words, ratd.address);
  return `\n${stdout}${stderr.replaceAll(ratd.address, "http://ratd:8080")}`;
}

/** A terminal with one file to apply. */
function withFile(yaml: string, more: Readonly<Record<string, string>> = {}): FakeTerminal {
  const terminal = new FakeTerminal();
  terminal.files.set("dir/p.yaml", yaml);
  for (const [name, content] of Object.entries(more)) terminal.files.set(name, content);
  return terminal;
}

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

describe("rat pipeline apply", () => {
  const SQL = { "dir/sql/a.sql": "SELECT 1" };
  const ONE = "layer: gold\nname: a\nkind: sql\nsql_file: sql/a.sql\n";

  test("reads SQL beside the file and sends it with the rest", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { exit, stdout } = await rat(
      ["pipeline", "apply", "-f", "dir/p.yaml"],
      ratd.address,
      withFile(ONE, SQL),
    );
    expect([exit, stdout]).toEqual([0, "created    default/gold/a  version 1\n"]);
    expect(ratd.seen.filter((line) => line.startsWith("POST"))).toEqual([
      'POST /api/v1/pipelines?dry_run=true {"kind":"sql","namespace":"default","layer":"gold","name":"a","spec":{"sql":"SELECT 1"},"publish":true}',
      'POST /api/v1/pipelines {"kind":"sql","namespace":"default","layer":"gold","name":"a","spec":{"sql":"SELECT 1"},"publish":true}',
    ]);
  });

  test("--dry-run changes nothing", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const words = ["pipeline", "apply", "-f", "dir/p.yaml", "--dry-run"];
    const { stdout, stderr } = await rat(words, ratd.address, withFile(ONE, SQL));
    expect([stdout, stderr]).toEqual([
      "create     default/gold/a  version 1\n",
      "Nothing was changed: --dry-run\n",
    ]);
    expect(ratd.seen.filter((line) => !line.startsWith("GET") && !line.includes("dry_run=true"))).toEqual([]);
  });

  test("tells what ratd refuses in the words of the file", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const violations = [
      { pointer: "/spec/sql", message: "is empty" },
      { pointer: "/spec/limits/threads", message: "must be > 0" },
    ];
    ratd.state.pipelines.refusal = { status: 422, code: "validation_failed", detail: "no", violations };
    const { exit, stderr } = await rat(
      ["pipeline", "apply", "-f", "dir/p.yaml"],
      ratd.address,
      withFile(ONE, SQL),
    );
    expect(exit).toBe(2);
    expect(stderr).toContain(
      "dir/p.yaml: default/gold/a: sql_file dir/sql/a.sql is empty; spec.limits.threads must be > 0",
    );
  });

  test.each([
    ["", "describes no pipelines"],
    ["a: [", "dir/p.yaml: "],
    ["layer: iron", "pipeline 1: layer must be one of bronze, silver, gold"],
    ["layer: gold", "pipeline 1: name must be text"],
    ["7", "pipeline 1: must be a map"],
    ["pipelines: 7", "pipelines must be a list"],
    ["pipelines: []\nname_space: x", "name_space is not known"],
    ["namespace: 7\npipelines: []", "namespace must be text"],
    ["{ layer: gold, name: a, spec: 7 }", "default/gold/a: spec must be a map"],
    ["{ layer: gold, name: a, triggers: 7 }", "default/gold/a: triggers must be a list"],
    ["{ layer: gold, name: a, triggers: [7] }", "triggers[0]: must be a map with kind and config"],
    ["{ layer: gold, name: a, sql_file: 7 }", "default/gold/a: sql_file must be text"],
    [
      "{ layer: gold, name: a, sql_file: none.sql }",
      "default/gold/a: sql_file cannot be read: no file dir/none.sql",
    ],
    ["{ layer: gold, name: a, sql_file: x, spec: { sql: y } }", "exclude each other"],
    ["- { layer: gold, name: a }\n- { layer: gold, name: a }", "default/gold/a: described twice"],
  ])("refuses %j before anything is sent", async (yaml, detail) => {
    const { exit, stderr } = await rat(["pipeline", "apply", "-f", "dir/p.yaml"], NOWHERE, withFile(yaml));
    expect(exit).toBe(2);
    expect(stderr).toContain(detail);
  });
});

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

describe("rat namespace", () => {
  test("upload goes below raw/, download to a file or stdout", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const terminal = new FakeTerminal();
    terminal.files.set("dir/a b.csv", "1,2\n");
    expect((await rat(["namespace", "upload", "dir/a b.csv"], ratd.address, terminal)).stdout).toBe(
      "stored default/raw/a b.csv, 4 bytes\n",
    );
    await rat(["namespace", "upload", "dir/a b.csv", "sales/raw/x/"], ratd.address, terminal);
    expect(ratd.seen).toEqual([
      "PUT /api/v1/namespaces/default/files/raw/a%20b.csv 1,2",
      "PUT /api/v1/namespaces/sales/files/raw/x/a%20b.csv 1,2",
    ]);
    await rat(["namespace", "download", "sales/gold/t.parquet"], ratd.address, terminal);
    expect(terminal.files.get("t.parquet")).toBe("content");
    expect((await rat(["namespace", "download", "raw/t", "-"], ratd.address)).stdout).toBe("content");
  });

  test.each([
    ["upload", "missing.csv"],
    ["upload", "missing.csv", "elsewhere/x"],
    ["download", "x"],
    ["download", "sales/iron/x"],
    ["download", "raw/"],
  ])("%s %s is refused before sending", async (...words) => {
    expect((await rat(["namespace", ...words], NOWHERE)).exit).toBe(2);
  });
});
