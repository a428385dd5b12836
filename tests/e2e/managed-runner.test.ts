import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RatdProcess } from "../support/ratd-process.ts";
import { call } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

let database: TestDatabase;
let stack: AsyncDisposableStack;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  database = stack.use(await createTestDatabase());
});
afterEach(() => stack.disposeAsync());

/** A ratd without `runs.runners`: it keeps a runner of its own, which ends with it when it is stopped in order. */
function start(directory?: string): RatdProcess {
  const runs = { lease: "1s", poll: "250ms" };
  const env = { DATABASE_URL: database.connectionString };
  const ratd = stack.use(
    new RatdProcess({ yaml: { runs }, env, ...(directory === undefined ? {} : { directory }) }),
  );
  stack.defer(async () => {
    try {
      process.kill(ratd.pid, "SIGTERM");
    } catch {
      // It has ended before.
    }
    await ratd.ended;
  });
  return ratd;
}

const pidOf = (directory: string) =>
  (JSON.parse(readFileSync(join(directory, ".rat/runner/address.json"), "utf8")) as { pid: number }).pid;

/** Whether a process runs; one that has ended may still wait to be reaped. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function ready(url: string): Promise<void> {
  await until(
    async () => {
      const { services } = (await call(url, "/health")).json as { services: Record<string, string> };
      return services["runner"] === "healthy";
    },
    { timeoutMs: 20_000, what: "the runner to be healthy" },
  );
}

async function pipeline(url: string, name: string, argv: readonly string[]): Promise<void> {
  const body = { layer: "bronze", name, kind: "command", spec: { argv } };
  const { status, text } = await call(url, "/api/v1/pipelines", { body });
  expect(`${status} ${text}`).toContain("201");
}

async function run(url: string, name: string): Promise<string> {
  const { json } = await call(url, "/api/v1/runs", { body: { layer: "bronze", pipeline: name } });
  return String(json["id"]);
}

const stateOf = async (url: string, id: string) =>
  (await call(url, `/api/v1/runs/${id}`)).json["run"] as { state: string; attempt: number; reason: string };

function waitFor(url: string, id: string, state: string) {
  return until(
    async () => {
      const found = await stateOf(url, id);
      return found.state === state ? found : undefined;
    },
    { timeoutMs: 30_000, what: `run ${id} to be ${state}` },
  );
}

test("a run goes on while its ratd is killed, and the next ratd takes it over from the same runner", async () => {
  const first = start();
  const url = await first.url();
  await ready(url);
  await pipeline(url, "slow", ["sh", "-c", "echo begun; sleep 4; echo done"]);
  const id = await run(url, "slow");
  await waitFor(url, id, "running");
  const runner = pidOf(first.directory);
  process.kill(first.pid, "SIGKILL");
  await first.ended;
  const second = start(first.directory);
  const url2 = await second.url();
  const ended = await waitFor(url2, id, "success");
  expect(ended.attempt).toBe(1);
  expect(pidOf(first.directory)).toBe(runner);
  const lines = await until(
    async () => {
      const { json } = await call(url2, `/api/v1/runs/${id}/logs`);
      const found = json["lines"] as { message: string }[];
      // The end of a run may be known before its last lines.
      return found.length < 2 ? undefined : found.map(({ message }) => message);
    },
    { timeoutMs: 30_000 },
  );
  expect(lines).toEqual(["begun", "done"]);
  process.kill(second.pid, "SIGTERM");
  expect(await second.ended).toMatchObject({ code: 0 });
  // It was stopped in order, and with it the runner that it had found.
  expect(runs(runner)).toBe(false);
}, 90_000);

test("a runner that is killed is started again, and its run has another attempt", async () => {
  const ratd = start();
  const url = await ratd.url();
  await ready(url);
  await pipeline(url, "slow", [
    "sh",
    "-c",
    'echo attempt "$RAT_ATTEMPT"; test "$RAT_ATTEMPT" = 2 || sleep 60',
  ]);
  const id = await run(url, "slow");
  await waitFor(url, id, "running");
  process.kill(pidOf(ratd.directory), "SIGKILL");
  const ended = await waitFor(url, id, "success");
  expect(ended.attempt).toBe(2);
  const { json } = await call(url, `/api/v1/runs/${id}`);
  expect(json["attempts"]).toMatchObject([{ state: "lost" }, { state: "success" }]);
}, 90_000);
