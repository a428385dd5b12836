import { Code, ConnectError, createRouterTransport, type Transport } from "@connectrpc/connect";
import { RunStatus } from "@rat/contracts/common";
import { RunnerReportService } from "@rat/contracts/runner";
import { afterEach, expect, test } from "vitest";
import { createPluginLog } from "../plugin-log.ts";
import { RunReporter } from "./run-reporter.ts";

const log = createPluginLog({ name: "test", slot: "executor", level: "silent", secrets: [] });
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

/** A ratd in memory that takes reports of one epoch and token, and remembers the order in which they came. */
class TakingRatd {
  readonly taken: string[] = [];
  epoch = 1n;
  token = "right";
  /** Nobody is there to take a call. */
  away = false;
  /** Calls that nobody took. */
  missed = 0;
  /** Runs that heartbeats are told to stop. */
  stop: string[] = [];
  beats = 0;
  /** Runs of heartbeats that were taken. */
  readonly alive = new Set<string>();
  readonly transport: Transport;

  constructor() {
    const routes = createRouterTransport((router) =>
      router.service(RunnerReportService, {
        reportLogs: ({ epoch, token, offset, entries }) => {
          this.#check(epoch, token);
          entries.forEach(({ message }, index) => this.taken.push(`${Number(offset) + index} ${message}`));
          return {};
        },
        reportStatus: ({ epoch, token, status }) => {
          this.#check(epoch, token);
          this.taken.push(Object.entries(RunStatus).find(([, value]) => value === status)?.[0] ?? "");
          return {};
        },
        reportHeartbeat: ({ runs }) => {
          this.beats += 1;
          for (const { epoch, token } of runs) this.#check(epoch, token);
          for (const { runId } of runs) this.alive.add(runId);
          return { stopRunIds: this.stop };
        },
      }),
    );
    this.transport = {
      unary: (...call) => {
        if (!this.away) return routes.unary(...call);
        this.missed += 1;
        return Promise.reject(new ConnectError("away", Code.Unavailable));
      },
      stream: (...call) => routes.stream(...call),
    };
  }

  #check(epoch: bigint, token: string): void {
    if (token !== this.token) throw new ConnectError("token", Code.Unauthenticated);
    if (epoch !== this.epoch) throw new ConnectError("epoch", Code.FailedPrecondition);
  }
}

const RATD = "http://ratd.example:8081";

function setUp(options: { bufferBytes?: number; heartbeatMs?: number } = {}) {
  const ratd = new TakingRatd();
  const stopped: string[] = [];
  const reporter = new RunReporter({
    log,
    now: () => new Date(0),
    onStop: (runId) => stopped.push(runId),
    connect: () => ({ transport: ratd.transport, [Symbol.dispose]: () => undefined }),
    ...options,
  });
  open.push(reporter);
  const bind = (epoch: bigint, token = "right") =>
    reporter.attach({ runId: "r.1", epoch, token, reportUrl: RATD });
  return { ratd, reporter, bind, stopped };
}

test("the output goes before the end, in order and once", async () => {
  const { ratd, bind } = setUp();
  const run = bind(1n);
  run.status({ status: "running" });
  for (let n = 0; n < 2500; n++) run.line("info", `line ${n}`);
  run.status({ status: "success" });
  expect(await run.settled).toBe(true);
  const lines = ratd.taken.filter((entry) => entry.includes("line"));
  expect(lines).toEqual(Array.from({ length: 2500 }, (_, n) => `${n} line ${n}`));
  expect(ratd.taken.at(-1)).toBe("SUCCESS");
});

test("what a ratd that was away missed is sent when it is back", async () => {
  const { ratd, bind } = setUp();
  ratd.away = true;
  const run = bind(1n);
  run.line("info", "while away");
  run.status({ status: "failed", error: "exit code 1" });
  await expect.poll(() => ratd.missed).toBeGreaterThan(0);
  ratd.away = false;
  expect(await run.settled).toBe(true);
  expect(ratd.taken).toEqual(["0 while away", "FAILED"]);
});

test("an older epoch is refused; a newer one brings what is left", async () => {
  const { ratd, bind } = setUp();
  ratd.epoch = 2n;
  const run = bind(1n);
  run.line("info", "a");
  run.status({ status: "success" });
  expect(await run.settled).toBe(false);
  expect(ratd.taken).toEqual([]);
  bind(2n);
  await expect.poll(() => ratd.taken).toEqual(["0 a", "SUCCESS"]);
});

test("a wrong token is refused", async () => {
  const { ratd, bind } = setUp();
  const run = bind(1n, "forged");
  run.status({ status: "success" });
  expect(await run.settled).toBe(false);
  expect(ratd.taken).toEqual([]);
});

test("lines beyond the buffer leave a gap in the numbers", async () => {
  const { ratd, reporter } = setUp({ bufferBytes: 1000 });
  const silent = { runId: "r.1", epoch: 1n, token: "right" };
  const run = reporter.attach({ ...silent, reportUrl: "" });
  for (let n = 0; n < 100; n++) run.line("info", `line ${n}`);
  reporter.attach({ ...silent, reportUrl: RATD });
  run.status({ status: "success" });
  await expect.poll(() => ratd.taken.at(-1)).toBe("SUCCESS");
  expect(ratd.taken.length).toBeLessThan(30);
  expect(ratd.taken.at(-2)).toBe("99 line 99");
});

test("heartbeats name the runs that are alive, and stop those that ratd gave up", async () => {
  const { ratd, bind, stopped } = setUp({ heartbeatMs: 5 });
  const run = bind(1n);
  await expect.poll(() => ratd.beats).toBeGreaterThan(1);
  expect(stopped).toEqual([]);
  ratd.stop = ["r.1"];
  await expect.poll(() => stopped.length).toBeGreaterThan(0);
  run.status({ status: "cancelled" });
  expect(await run.settled).toBe(true);
});

test("output can be read from any line, live until the end", async () => {
  const { bind } = setUp();
  const run = bind(1n);
  run.line("info", "a\0b");
  run.line("info", "x".repeat(9000));
  const read = Array.fromAsync(run.read(1, true, new AbortController().signal));
  run.line("warn", "last");
  run.status({ status: "success" });
  expect((await read).map(({ offset, message }) => `${offset}:${message.length}`)).toEqual([
    "1:8192",
    "2:808",
    "3:4",
  ]);
  const [first] = await Array.fromAsync(run.read(0, false, new AbortController().signal));
  expect(first?.message).toBe("ab");
});

test("a bad proof does not silence the heartbeats of the other runs", async () => {
  const { ratd, reporter } = setUp({ heartbeatMs: 5 });
  for (const runId of ["a.1", "b.1", "c.1", "d.1", "e.1"]) {
    const token = runId === "c.1" ? "forged" : "right";
    reporter.attach({ runId, epoch: 1n, token, reportUrl: RATD });
  }
  await expect.poll(() => [...ratd.alive].toSorted()).toEqual(["a.1", "b.1", "d.1", "e.1"]);
});

test("a newer epoch goes on after the last line that ratd took, and settles anew", async () => {
  const { ratd, bind } = setUp();
  const run = bind(1n);
  run.line("info", "taken");
  await expect.poll(() => ratd.taken).toEqual(["0 taken"]);
  ratd.epoch = 2n;
  run.line("info", "refused at first");
  run.status({ status: "success" });
  expect(await run.settled).toBe(false);
  bind(2n);
  expect(await run.settled).toBe(true);
  expect(ratd.taken).toEqual(["0 taken", "1 refused at first", "SUCCESS"]);
  expect(bind(1n)).toBe(run);
  expect(await run.settled).toBe(true);
});

test("nothing follows an end", async () => {
  const { ratd, bind } = setUp();
  const run = bind(1n);
  run.status({ status: "failed" });
  run.status({ status: "running" });
  expect(await run.settled).toBe(true);
  expect(ratd.taken).toEqual(["FAILED"]);
});

test("text that no message can carry arrives nevertheless, pairs of surrogates whole", async () => {
  const { ratd, bind } = setUp();
  const run = bind(1n);
  run.line("info", "lone \ud800 half");
  run.line("info", `${"x".repeat(8191)}\u{1f400}y`);
  run.status({ status: "success" });
  expect(await run.settled).toBe(true);
  expect(ratd.taken).toEqual(["0 lone \ufffd half", `1 ${"x".repeat(8191)}`, "2 \u{1f400}y", "SUCCESS"]);
});

test("a flood of short lines costs time in proportion to itself", async () => {
  const { reporter } = setUp();
  const run = reporter.attach({ runId: "r.1", epoch: 1n, token: "", reportUrl: "" });
  for (let n = 0; n < 1_000_000; n++) run.line("info", "y");
  expect(run.bytes).toBeLessThanOrEqual(8 * 1024 * 1024);
  for await (const line of run.read(0, false, new AbortController().signal)) {
    expect(line.offset).toBeGreaterThan(800_000);
    break;
  }
}, 20_000);
