import { Logger, makeWorkerUtils, run as startWorker } from "graphile-worker";
import { Pool } from "pg";
import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { createDatabase, startDispatchRig } from "./support/dispatch-rig.ts";
import { percentile } from "./support/percentile.ts";

/** Time from the answer of a submit to the start at the executor. */
export const startLatency: Benchmark = {
  name: "start-latency",
  about:
    "one run at a time: from the moment its submit is answered to the moment the executor (in the same process) has " +
    "it, the claim and its commit included; against a job of graphile-worker, from addJob's answer to its task.",
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  const server = await database.url();
  const count = quick ? 20 : 500;
  let started: (() => void) | undefined;
  await using rig = await startDispatchRig(server, {
    submit: () => {
      started?.();
      return Promise.resolve("success");
    },
  });
  rig.runs.start();
  const pool = new Pool({ connectionString: await createDatabase(server), max: 10 });
  const utils = await makeWorkerUtils({ pgPool: pool });
  await utils.migrate();
  const worker = await startWorker({
    pgPool: pool,
    concurrency: 10,
    noHandleSignals: true,
    logger: new Logger(() => () => undefined),
    taskList: { p: () => started?.() },
  });
  const measure = async (submit: () => Promise<unknown>): Promise<readonly number[]> => {
    const times: number[] = [];
    for (let n = 0; n < count + 20; n++) {
      const { promise, resolve } = Promise.withResolvers<number>();
      started = () => resolve(performance.now());
      await submit();
      const answered = performance.now();
      // Both may start before their answer has come back.
      times.push(Math.max(0, (await promise) - answered));
    }
    return times.slice(20);
  };
  const ours = await measure(() => rig.runs.submitter.submit(rig.request));
  const theirs = await measure(() => utils.addJob("p", {}));
  await worker.stop();
  await utils.release();
  await pool.end();
  const shown = (label: string, times: readonly number[]) => ({
    label,
    value: percentile(times, 0.5),
    unit: "ms" as const,
    detail: `p99 ${percentile(times, 0.99).toFixed(2)} ms`,
  });
  return [
    {
      work: "Submit to started, p50",
      ours: shown("", ours),
      reference: shown("graphile-worker", theirs),
      goal: { of: "ours", bound: "at most", value: 1 },
    },
  ];
}
