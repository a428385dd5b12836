import { readFileSync } from "node:fs";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { RunStatus } from "@rat/contracts/common";
import { expect, onTestFinished, test } from "vitest";
import { helloExecutor } from "../examples/hello-executor.ts";
import { testPlugin, type TestedPlugin } from "./test-plugin.ts";

type Executor = TestedPlugin<"executor">["client"];

const node = process.execPath;
const script = (code: string): { argv: string[] } => ({ argv: [node, "-e", code] });
/** Runs until it is stopped. */
const endless = script("setInterval(() => {}, 1000); console.log('ready ' + process.pid)");

async function start(config: object = {}, ownEnv = process.env): Promise<Executor> {
  const tested = await testPlugin(helloExecutor(ownEnv), { config });
  onTestFinished(() => tested[Symbol.asyncDispose]());
  return tested.client;
}

/** The output until the run has ended. */
async function output(client: Executor, runId: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { level, message } of client.streamLogs({ runId, follow: true }))
    lines.push(`${level}: ${message}`);
  return lines;
}

async function firstLine(client: Executor, runId: string): Promise<string> {
  for await (const { message } of client.streamLogs({ runId, follow: true })) return message;
  return expect.fail("no output");
}

test("runs a command and tells its output and end", async () => {
  const client = await start();
  const spec = script("console.log('out'); console.error('err'); process.exitCode = 3");
  await client.submit({ runId: "a", spec });
  expect((await output(client, "a")).toSorted()).toEqual(["info: out", "warn: err"]);
  const report = await client.getRunStatus({ runId: "a" });
  expect(report).toMatchObject({ status: RunStatus.FAILED, error: "exit code 3" });
  expect((await client.cancel({ runId: "a" })).cancelled).toBe(false);
});

test("a run id starts once; an older epoch is refused", async () => {
  const client = await start();
  await client.submit({ runId: "a", epoch: 5n, spec: endless });
  const pid = await firstLine(client, "a");
  const again = await client.submit({ runId: "a", epoch: 6n, spec: endless });
  expect(again.status).toBe(RunStatus.RUNNING);
  expect(await firstLine(client, "a")).toBe(pid);
  const stale = client.submit({ runId: "a", epoch: 5n, spec: endless });
  await expect(stale).rejects.toMatchObject({ code: Code.FailedPrecondition });
});

test("cancelling reaches what the command started", async () => {
  const client = await start();
  const parent =
    "const { pid } = require('child_process').spawn(process.execPath, ['-e', 'setInterval(()=>{},1e3)']);";
  await client.submit({
    runId: "a",
    spec: script(`${parent} console.log(pid); setInterval(() => {}, 1000)`),
  });
  const grandchild = Number(await firstLine(client, "a"));
  expect((await client.cancel({ runId: "a" })).cancelled).toBe(true);
  await output(client, "a");
  expect((await client.getRunStatus({ runId: "a" })).status).toBe(RunStatus.CANCELLED);
  await expect.poll(() => isAlive(grandchild)).toBe(false);
});

test("a command that ignores SIGTERM is killed", async () => {
  const client = await start({ kill_grace_ms: 50 });
  const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')";
  await client.submit({ runId: "a", spec: script(stubborn) });
  await firstLine(client, "a");
  await client.cancel({ runId: "a" });
  await output(client, "a");
  expect((await client.getRunStatus({ runId: "a" })).status).toBe(RunStatus.CANCELLED);
});

test("a run ends at its deadline", async () => {
  const client = await start();
  const deadline = timestampFromDate(new Date(Date.now() + 300));
  await client.submit({ runId: "a", spec: endless, deadline });
  await output(client, "a");
  const report = await client.getRunStatus({ runId: "a" });
  expect(report).toMatchObject({ status: RunStatus.FAILED, error: "the deadline passed" });
});

test("commands see the listed environment and their own, no other", async () => {
  const ownEnv = { PATH: process.env.PATH, RAT_SECRET: "hidden", LANG: "C" };
  const client = await start({ inherit_env: ["PATH"] }, ownEnv);
  const spec = script("console.log(JSON.stringify({ ...process.env, cwd: process.cwd() }))");
  await client.submit({ runId: "a", spec, env: { MINE: "1" }, s3Credentials: { KEY: "2" } });
  const seen: Record<string, string> = JSON.parse(await firstLine(client, "a"));
  expect(seen).toMatchObject({ MINE: "1", KEY: "2", PATH: process.env.PATH });
  expect(seen).not.toHaveProperty("RAT_SECRET");
  expect(seen).not.toHaveProperty("LANG");
  expect(seen.cwd).toContain("rat-run-");
});

test("no free place is resource_exhausted, and an end frees one", async () => {
  const client = await start({ max_concurrent: 1 });
  await client.submit({ runId: "a", spec: endless });
  const full = client.submit({ runId: "b", spec: endless });
  await expect(full).rejects.toMatchObject({ code: Code.ResourceExhausted });
  await client.cancel({ runId: "a" });
  await output(client, "a");
  expect((await client.submit({ runId: "b", spec: script("") })).status).toBe(RunStatus.RUNNING);
});

test("keeps the end of a long output", async () => {
  const client = await start({ log_limit: 1024 });
  await client.submit({
    runId: "a",
    spec: script("for (let i = 0; i < 10000; i++) console.log('line ' + i)"),
  });
  while ((await client.getRunStatus({ runId: "a" })).status === RunStatus.RUNNING) await output(client, "a");
  const lines = await output(client, "a");
  expect(lines.at(-1)).toBe("info: line 9999");
  expect(lines.join("\n").length).toBeLessThan(2048);
});

test.each([
  [{}, Code.InvalidArgument],
  [{ argv: [] }, Code.InvalidArgument],
  [{ argv: "sleep 1" }, Code.InvalidArgument],
  [{ argv: ["echo", 1] }, Code.InvalidArgument],
  [{ argv: ["echo", "a\0b"] }, Code.InvalidArgument],
  [{ argv: ["rm", "-rf", "/"] }, Code.PermissionDenied],
])("refuses the spec %j", async (spec, code) => {
  const client = await start({ programs: ["echo"] });
  await expect(client.submit({ runId: "a", spec })).rejects.toMatchObject({ code });
});

test("a program that does not exist fails its run", async () => {
  const client = await start();
  await client.submit({ runId: "a", spec: { argv: ["/no/such/program"] } });
  await output(client, "a");
  const report = await client.getRunStatus({ runId: "a" });
  expect(report.status).toBe(RunStatus.FAILED);
  expect(report.error).toContain("ENOENT");
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A dead process keeps its number until its parent takes note; in a container nobody may.
  if (process.platform !== "linux") return true;
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
