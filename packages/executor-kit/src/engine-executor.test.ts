import type { Health, PluginLog, SubmitInput } from "@rat/plugin-sdk";
import { afterEach, expect, test } from "vitest";
import { openEngineExecutor, type EngineExecutor } from "./engine-executor.ts";
import { RUN_LABEL } from "./run-labels.ts";
import { settings, submitInput } from "./test-fixtures.ts";
import { MemoryEngine } from "./testing/memory-engine.ts";
import { MEMORY_IMAGE, MEMORY_PROGRAMS } from "./testing/memory-programs.ts";

const quiet = () => undefined;
const LOG: PluginLog = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const SETTINGS = settings({ images: { default: "memory:1" }, poll_ms: 100, stop_grace_ms: 50 });

const open: EngineExecutor[] = [];
afterEach(async () => {
  for (const executor of open.splice(0)) await executor[Symbol.asyncDispose]();
});

/** What was said of the health, newest last. */
function healthOf() {
  const said: string[] = [];
  const health: Health = {
    healthy: () => void said.push("healthy"),
    degraded: (message: string) => void said.push(`degraded: ${message}`),
    down: (message: string) => void said.push(`down: ${message}`),
  };
  return { said, health };
}

function start(engine: MemoryEngine, health: Health = healthOf().health): EngineExecutor {
  const executor = openEngineExecutor({
    engine,
    log: LOG,
    health,
    now: () => new Date(),
    settings: () => SETTINGS,
  });
  open.push(executor);
  return executor;
}

const memory = () => new MemoryEngine(MEMORY_PROGRAMS, [MEMORY_IMAGE]);
const run = (runId: string, argv: readonly string[], more: Partial<SubmitInput> = {}) =>
  submitInput({ runId, spec: { argv: [...argv] }, ...more });
const statusOf = (executor: EngineExecutor, runId: string) => executor.supervisor.get(runId).status;

async function outputOf(executor: EngineExecutor, runId: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { level, message } of executor.supervisor
    .get(runId)
    .output(0, true, AbortSignal.timeout(5000)))
    lines.push(`${level}: ${message}`);
  return lines;
}

test("carries a run out on the engine, and tells output and end", async () => {
  const executor = start(memory());
  await executor.ready;
  await executor.supervisor.submit(run("a.1", ["say", "hello", "careful", "3"]));
  expect(await outputOf(executor, "a.1")).toEqual([
    `info: image memory:1 (${MEMORY_IMAGE.id}), memory limit 512 MiB`,
    "info: hello",
    "warn: careful",
  ]);
  expect(executor.supervisor.get("a.1").report()).toMatchObject({
    status: "failed",
    error: "exit code 3",
    exitCode: 3,
    epoch: 1n,
  });
});

test("a run starts once, however often and by whomever it is submitted", async () => {
  const engine = memory();
  const first = start(engine);
  await first.ready;
  await Promise.all(Array.from({ length: 20 }, () => first.supervisor.submit(run("a.1", ["heeding"]))));
  await first[Symbol.asyncDispose]();
  // The next executor of the instance finds the container and goes on with it.
  const next = start(engine);
  await next.ready;
  expect(statusOf(next, "a.1")).toBe("running");
  await next.supervisor.submit(run("a.1", ["heeding"], { epoch: 2n }));
  expect(engine.starts).toBe(1);
  await expect(next.supervisor.submit(run("a.1", ["heeding"], { epoch: 1n }))).rejects.toMatchObject({
    code: "failed_precondition",
  });
  expect(await next.supervisor.cancel("a.1")).toBe(true);
  await expect.poll(() => statusOf(next, "a.1")).toBe("cancelled");
});

test("a run that heeds nothing is killed after the grace, and a second cancel says that it is over", async () => {
  const executor = start(memory());
  await executor.ready;
  await executor.supervisor.submit(run("a.1", ["deaf"]));
  await executor.supervisor.cancel("a.1");
  await expect
    .poll(() => executor.supervisor.get("a.1").report())
    .toMatchObject({
      status: "cancelled",
      exitCode: 137,
    });
  expect(await executor.supervisor.cancel("a.1")).toBe(false);
});

test("a run fails at its deadline, and when its container is removed from outside", async () => {
  const engine = memory();
  const executor = start(engine);
  await executor.ready;
  const deadline = new Date(Date.now() + 150);
  await executor.supervisor.submit(run("late.1", ["heeding"], { deadline }));
  await executor.supervisor.submit(run("lost.1", ["heeding"]));
  await expect
    .poll(() => executor.supervisor.get("late.1").report())
    .toMatchObject({ status: "failed", error: "the deadline passed" });
  const lost = (await engine.list("test")).find(({ labels }) => labels[RUN_LABEL] === "lost.1");
  await engine.remove(lost?.id ?? "", true);
  await expect
    .poll(() => executor.supervisor.get("lost.1").report())
    .toMatchObject({ status: "failed", error: "its container was removed from outside" });
});

test("a program that is not there fails the run and leaves nothing on the engine", async () => {
  const engine = memory();
  const executor = start(engine);
  await executor.ready;
  await executor.supervisor.submit(run("a.1", ["nobody"], { s3Credentials: { AWS_REGION: "x" } }));
  expect(executor.supervisor.get("a.1").report()).toMatchObject({
    status: "failed",
    error: 'cannot start "nobody" in memory:1: nobody: no such program',
  });
  expect([await engine.list("test"), await engine.belongings("test")]).toEqual([[], []]);
});

test("an engine that is away is told by health, refuses runs, and loses none", async () => {
  const engine = memory();
  const { said, health } = healthOf();
  const executor = start(engine, health);
  await executor.ready;
  await executor.supervisor.submit(run("a.1", ["heeding"]));
  engine.away = true;
  await expect.poll(() => said.at(-1)).toBe("down: the memory engine does not answer: ECONNREFUSED");
  await expect(executor.supervisor.submit(run("b.1", ["heeding"]))).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("the memory engine does not answer: ECONNREFUSED"),
  });
  expect(statusOf(executor, "a.1")).toBe("running");
  engine.away = false;
  await expect.poll(() => said.at(-1), { timeout: 5000 }).toBe("healthy");
  expect(statusOf(executor, "a.1")).toBe("running");
  expect(engine.starts).toBe(1);
});

test("what an executor that was killed left of a run is removed when it is nobody's", async () => {
  const engine = memory();
  await engine.create({
    name: "rat-test-stray",
    labels: { "rat.executor": "test", [RUN_LABEL]: "stray.1" },
    image: MEMORY_IMAGE,
    argv: ["say"],
    env: {},
    user: [1, 1],
    limits: SETTINGS.limits,
    logLimitMb: 1,
    network: "own",
    scratch: [],
    privateFolders: [{ name: "job", path: "/job", kept: "on disk" }],
    hostFolder: undefined,
  });
  await engine.remove("rat-test-stray", true);
  expect(await engine.belongings("test")).toHaveLength(2);
  const executor = start(engine);
  await executor.ready;
  expect(await engine.belongings("test")).toEqual([]);
});
