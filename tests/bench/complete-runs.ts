import { PgBoss } from "pg-boss";
import { DispatchStore } from "../../services/ratd/src/runs/dispatch/dispatch-store.ts";
import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { createDatabase, rate, startDispatchRig } from "./support/dispatch-rig.ts";
import { alternate, Series } from "./support/series.ts";

const BATCH = 100;

/** Empties a full queue: takes in batches, and ends in batches. */
export const completeRuns: Benchmark = {
  name: "complete-runs",
  about:
    `a queue emptied in batches of ${BATCH}: claimed and ended (limits, fairness, attempts and fencing included), ` +
    "against fetch and complete of pg-boss in batches of the same size. One consumer each, and three.",
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  const server = await database.url();
  const count = quick ? 200 : 10_000;
  await using rig = await startDispatchRig(server, { submit: () => Promise.resolve("success") });
  const store = new DispatchStore({
    database: rig.database,
    heartbeat: rig.database,
    owner: "bench",
    leaseMs: 60_000,
  });
  const boss = new PgBoss({ connectionString: await createDatabase(server), max: 10 });
  boss.on("error", () => undefined);
  await boss.start();
  await boss.createQueue("p");
  const claim = {
    executor: "bench",
    places: 1000,
    isolations: ["process"],
    namespaceLimit: 1000,
    batch: BATCH,
  } as const;
  const emptied = async (consumers: number, take: () => Promise<number>) => {
    const start = performance.now();
    await Promise.all(
      Array.from({ length: consumers }, async () => {
        while ((await take()) > 0);
      }),
    );
    return (count / (performance.now() - start)) * 1000;
  };
  const takeOurs = async () => {
    const runs = await store.claim(claim);
    const end = { outcome: "success", error: "", exitCode: 0, rowsWritten: 0n, result: undefined } as const;
    await Promise.all(runs.map(({ id, epoch }) => store.end({ id, epoch, ...end })));
    return runs.length;
  };
  const takeBoss = async () => {
    const jobs = await boss.fetch("p", { batchSize: BATCH });
    if (jobs.length > 0)
      await boss.complete(
        "p",
        jobs.map(({ id }) => id),
      );
    return jobs.length;
  };
  const rows: Row[] = [];
  for (const consumers of [1, 3]) {
    const ours = new Series("ours", async () => {
      await rate(count, 64, () => rig.runs.submitter.submit(rig.request));
      return emptied(consumers, takeOurs);
    });
    const theirs = new Series("pg-boss fetch and complete", async () => {
      await boss.insert(
        "p",
        Array.from({ length: count }, () => ({ data: {} })),
      );
      return emptied(consumers, takeBoss);
    });
    await alternate(quick ? 1 : 3, [ours, theirs]);
    rows.push({
      work: `Runs completed, ${consumers} ${consumers === 1 ? "consumer" : "consumers"}`,
      ours: { label: "", value: ours.median((perSecond) => perSecond), unit: "runs/s" },
      reference: { label: theirs.label, value: theirs.median((perSecond) => perSecond), unit: "runs/s" },
      goal: { of: "ratio", bound: "at least", value: 1 },
    });
  }
  await boss.stop({ graceful: false });
  return rows;
}
