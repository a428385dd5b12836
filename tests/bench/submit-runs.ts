import { makeWorkerUtils } from "graphile-worker";
import { PgBoss } from "pg-boss";
import { Pool } from "pg";
import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { createDatabase, rate, startDispatchRig } from "./support/dispatch-rig.ts";
import { alternate, Series } from "./support/series.ts";

const CALLERS = 64;

/** Puts runs into the queue from 64 callers at a time. */
export const submitRuns: Benchmark = {
  name: "submit-runs",
  about:
    `runs submitted by ${CALLERS} callers at a time, each waiting for its own run to be stored, against addJob of ` +
    "graphile-worker and send of pg-boss: same server, ten connections each, a database each.",
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  const server = await database.url();
  const count = quick ? 100 : 5000;
  await using rig = await startDispatchRig(server, { submit: () => Promise.resolve("success") });
  const pool = new Pool({ connectionString: await createDatabase(server), max: 10 });
  const worker = await makeWorkerUtils({ pgPool: pool });
  await worker.migrate();
  const boss = new PgBoss({ connectionString: await createDatabase(server), max: 10 });
  boss.on("error", () => undefined);
  await boss.start();
  await boss.createQueue("p");
  const ours = new Series("ours", () => rate(count, CALLERS, () => rig.runs.submitter.submit(rig.request)));
  const jobs = new Series("graphile-worker addJob", () => rate(count, CALLERS, () => worker.addJob("p", {})));
  const sends = new Series("pg-boss send", () => rate(count, CALLERS, () => boss.send("p", {})));
  await alternate(quick ? 1 : 5, [ours, jobs, sends]);
  await worker.release();
  await pool.end();
  await boss.stop({ graceful: false });
  const value = ours.median((perSecond) => perSecond);
  return [jobs, sends].map((reference, index) => ({
    work: "Runs submitted",
    ours: { label: "", value, unit: "runs/s" },
    reference: { label: reference.label, value: reference.median((perSecond) => perSecond), unit: "runs/s" },
    ...(index === 0 ? { goal: { of: "ratio", bound: "at least", value: 5 } } : {}),
  }));
}
