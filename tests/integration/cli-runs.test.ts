import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "@rat/client";
import { RunStatus } from "@rat/contracts/common";
import { CliProcess } from "../support/cli-process.ts";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { RunLab } from "../support/run-lab.ts";
import type { TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const stack = new AsyncDisposableStack();
const folder = mkdtempSync(join(tmpdir(), "cli-runs-"));
let lab: RunLab;
let ratd: TestRatd;

beforeAll(async () => {
  lab = stack.use(await RunLab.start());
  ratd = await lab.ratd();
  for (const name of ["good", "bad", "held"]) await lab.pipeline(ratd, name, { max_attempts: 1 });
});

afterAll(async () => {
  await stack.disposeAsync();
  rmSync(folder, { recursive: true });
});

const rat = (...words: readonly string[]) => new CliProcess(ratd.url, words);

/** The newest run, once the executor has it. */
async function runningId(pipeline: string, before: string | undefined): Promise<string> {
  return until(async () => {
    const { json } = await ratd.call(`/api/v1/runs?pipeline=${pipeline}&state=running&limit=1`);
    const [run] = json["runs"] as { id: string }[];
    return run !== undefined && run.id !== before && lab.executor.runs.has(`${run.id}.1`)
      ? run.id
      : undefined;
  });
}

const say = (id: string, from: number, to: number) => lab.executor.say(`${id}.1`, from, to);
const end = (id: string, status: RunStatus, error = "") => lab.executor.end(`${id}.1`, status, error);
const messages = (stdout: string) => stdout.split("\n").flatMap((line) => /line \d+$/.exec(line)?.[0] ?? []);
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}`);

test("start --follow shows lines while the run goes on, and exits 0", async () => {
  lab.executor.plan = "hold";
  const command = rat("run", "start", "bronze/good", "--follow");
  const id = await runningId("good", undefined);
  await say(id, 0, 2);
  await until(() => command.stdout.includes("line 1"));
  expect((await lab.show(ratd, id)).state).toBe("running");
  await say(id, 2, 4);
  end(id, RunStatus.SUCCESS);
  expect(await command.exit).toBe(0);
  expect(messages(command.stdout)).toEqual(numbered(4));
  expect(command.stdout + command.stderr).not.toContain("\u001B");
  expect(command.stderr).toContain(`● success  bronze/good ${id}`);
});

test("a failed run exits 1 and says why; retry --wait exits by the new run", async () => {
  lab.executor.plan = "fail";
  const command = rat("run", "start", "bronze/bad", "--wait", "-o", "json");
  expect(await command.exit).toBe(1);
  const run = JSON.parse(command.stdout) as { id: string; state: string };
  expect(run.state).toBe("failed");
  expect(command.stderr).toContain("exit code 1");
  lab.executor.plan = "succeed";
  expect(await rat("run", "retry", run.id, "--wait").exit).toBe(0);
  const waited = rat("run", "wait", run.id);
  expect(await waited.exit).toBe(1);
});

test("a run that is cancelled exits 1", async () => {
  lab.executor.plan = "hold";
  const command = rat("run", "start", "bronze/held", "--wait");
  const id = await runningId("held", undefined);
  expect(await rat("run", "cancel", id, "--wait").exit).toBe(0);
  expect(await command.exit).toBe(1);
  expect(command.stderr).toContain("○ cancelled");
});

test("a wait that takes too long exits 8 with the state and the last lines", async () => {
  lab.executor.plan = "hold";
  const started = rat("run", "start", "bronze/held", "-o", "name");
  expect(await started.exit).toBe(0);
  const id = started.stdout.trim();
  await lab.waitFor(ratd, id, "running");
  await say(id, 0, 20);
  const command = rat("run", "wait", id, "--timeout", "1s");
  expect(await command.exit).toBe(8);
  expect(command.stderr).toContain(`run ${id} is still running after 1s`);
  expect(messages(command.stderr)).toEqual(numbered(20).slice(-10));
  end(id, RunStatus.SUCCESS);
  await lab.waitFor(ratd, id, "success");
});

test("Ctrl-C leaves the run going and says how to cancel it", async () => {
  lab.executor.plan = "hold";
  const command = rat("run", "start", "bronze/held", "--follow");
  const id = await runningId("held", undefined);
  await until(() => command.stderr.includes("running"));
  command.signal("SIGINT");
  expect(await command.exit).toBe(130);
  expect(command.stderr).toContain(`rat run cancel ${id}`);
  expect((await lab.show(ratd, id)).state).toBe("running");
  end(id, RunStatus.SUCCESS);
  await lab.waitFor(ratd, id, "success");
});

test("a stream of output that breaks is resumed without a line lost or doubled", async () => {
  lab.executor.plan = "hold";
  await using proxy = await createFaultProxy({ target: { port: Number(new URL(ratd.url).port) } });
  const started = rat("run", "start", "bronze/held", "-o", "name");
  await started.exit;
  const id = started.stdout.trim();
  await lab.waitFor(ratd, id, "running");
  const command = new CliProcess(`http://127.0.0.1:${proxy.port}`, ["run", "logs", id, "-f"]);
  for (let round = 1; round <= 3; round += 1) {
    await say(id, (round - 1) * 10, round * 10);
    await until(() => command.stdout.includes(`line ${round * 10 - 1}\n`), { timeoutMs: 10_000 });
    proxy.cut();
  }
  await say(id, 30, 40);
  end(id, RunStatus.SUCCESS);
  expect(await command.exit).toBe(0);
  expect(messages(command.stdout)).toEqual(numbered(40));
  expect(command.stderr).toContain("resuming in");
});

test("a start whose answer gets lost starts one run", async () => {
  lab.executor.plan = "succeed";
  const address = `http://127.0.0.1:${Number(new URL(ratd.url).port)}`;
  let lost = 0;
  const client = createClient({
    address,
    retryDelay: () => 1,
    async fetch(input, init) {
      const response = await fetch(input, init);
      if (init?.method !== "POST" || lost === 2) return response;
      lost += 1;
      await response.arrayBuffer();
      throw new TypeError("connection reset");
    },
  });
  const before = (await client.runs.list({ pipeline: "good" })).length;
  const run = await client.runs.start({ layer: "bronze", pipeline: "good" });
  expect(lost).toBe(2);
  expect((await client.runs.wait(run.id)).state).toBe("success");
  expect((await client.runs.list({ pipeline: "good" })).length).toBe(before + 1);
});

test("applying a file twice changes nothing the second time", async () => {
  const file = join(folder, "pipelines.yaml");
  writeFileSync(join(folder, "clean.sql"), "SELECT 1 AS one\n");
  writeFileSync(
    file,
    `namespace: default
pipelines:
  - { layer: silver, name: clean, kind: sql, sql_file: clean.sql, triggers: [
      { kind: upstream, config: { pipeline: bronze/good } },
      { kind: cron, config: { schedule: "0 6 * * *" }, paused: true },
      { kind: webhook } ] }
---
layer: gold
name: report
kind: command
description: a report
spec: { argv: [date] }
`,
  );
  const apply = async (...words: readonly string[]) => {
    const command = rat("pipeline", "apply", "-f", file, ...words, "-o", "json");
    expect([await command.exit, command.stderr.includes("error")]).toEqual([0, false]);
    return (JSON.parse(command.stdout) as { items: { action: string; triggers_created: number }[] }).items;
  };
  expect(await apply("--dry-run")).toMatchObject([{ action: "created" }, { action: "created" }]);
  expect(await apply()).toMatchObject([
    { action: "created", triggers_created: 3 },
    { action: "created", triggers_created: 0 },
  ]);
  expect(await apply()).toMatchObject([
    { action: "unchanged", triggers_created: 0, triggers_unchanged: 3, triggers_changed: 0 },
    { action: "unchanged" },
  ]);
  writeFileSync(join(folder, "clean.sql"), "SELECT 2 AS two\n");
  expect(await apply("--no-publish")).toMatchObject([
    { action: "updated", version: 2, published_version: 1 },
    { action: "unchanged" },
  ]);
  expect(await apply()).toMatchObject([
    { action: "published", version: 2, published_version: 2 },
    { action: "unchanged" },
  ]);
  const triggers = rat("trigger", "list", "--pipeline", "silver/clean", "-o", "name");
  await triggers.exit;
  expect(triggers.stdout.trim().split("\n")).toHaveLength(3);
});

test("a mistake in a file is told with file, pipeline and field, and changes nothing", async () => {
  const file = join(folder, "mistake.yaml");
  writeFileSync(
    file,
    "- { layer: gold, name: fine, kind: command, spec: { argv: [date] } }\n" +
      "- { layer: gold, name: wrong, kind: sql, spec: { sql: SELECT 1, preview: 3 } }\n",
  );
  const command = rat("pipeline", "apply", "-f", file);
  expect(await command.exit).toBe(2);
  expect(command.stderr).toContain(`${file}: default/gold/wrong: spec.preview`);
  expect(await rat("pipeline", "show", "gold/fine").exit).toBe(5);
});

test("files go up and come down as they are", async () => {
  const file = join(folder, "a.bin");
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251));
  writeFileSync(file, content);
  const up = rat("namespace", "upload", file, "raw/deep/a.bin");
  expect([await up.exit, up.stdout]).toEqual([0, "stored default/raw/deep/a.bin, 300000 bytes\n"]);
  const address = new URL(ratd.url).origin;
  const chunks: Uint8Array[] = [];
  const { files } = createClient({ address }).namespaces;
  for await (const chunk of await files.download("default", "raw/deep/a.bin", new AbortController().signal)) {
    chunks.push(chunk);
  }
  expect(Buffer.concat(chunks).equals(content)).toBe(true);
  expect(await rat("namespace", "download", "raw/none.bin", "-").exit).toBe(5);
});
