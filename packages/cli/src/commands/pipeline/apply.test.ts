import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { NOWHERE } from "../../testing/page.ts";
import { troubledState } from "../../testing/sample-state.ts";

/** A terminal with one file to apply. */
function withFile(yaml: string, more: Readonly<Record<string, string>> = {}): FakeTerminal {
  const terminal = new FakeTerminal();
  terminal.files.set("dir/p.yaml", yaml);
  for (const [name, content] of Object.entries(more)) terminal.files.set(name, content);
  return terminal;
}

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
