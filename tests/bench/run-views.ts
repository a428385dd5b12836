import { attemptName } from "../../services/ratd/src/runs/run.ts";
import { RunStore } from "../../services/ratd/src/runs/run-store.ts";
import { Schema } from "../../services/ratd/src/schema/schema.ts";
import { silentLogger as logger } from "../../services/ratd/src/platform/logger.ts";
import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { rate, startDispatchRig, type DispatchRig } from "./support/dispatch-rig.ts";
import { alternate, median, Series, timed } from "./support/series.ts";

const TAILS = 100;

/** Lists many pending runs, and follows one output by many. */
export const runViews: Benchmark = {
  name: "run-views",
  about:
    "10,000 pending runs read page by page (200 each), beside one plain SELECT of the same rows; and lines of one run " +
    `reaching ${TAILS} followers, beside one follower.`,
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  const server = await database.url();
  return [...(await listing(server, quick)), ...(await following(server, quick))];
}

async function listing(server: string, quick: boolean): Promise<readonly Row[]> {
  const count = quick ? 400 : 10_000;
  await using rig = await startDispatchRig(server, { submit: () => Promise.resolve("success") });
  await rate(count, 64, () => rig.runs.submitter.submit(rig.request));
  const store = new RunStore({
    database: rig.database,
    schema: new Schema({ database: rig.database, logger }),
  });
  const filter = {
    namespace: undefined,
    layer: undefined,
    pipeline: undefined,
    states: ["pending"],
    trigger: undefined,
    createdBy: undefined,
  } as const;
  const page = new Series("ours", () => timed(() => store.list(filter, undefined, 200)));
  const all = new Series("ours", () =>
    timed(async () => {
      let after: string | undefined;
      do {
        const runs = await store.list(filter, after, 200);
        after = runs.length < 200 ? undefined : runs.at(-1)?.id;
      } while (after !== undefined);
    }),
  );
  const plain = new Series("one SELECT *", () => timed(() => rig.database.query("SELECT * FROM runs")));
  await alternate(quick ? 1 : 15, [page, all, plain]);
  const ms = (series: Series<number>) => ({
    label: series.label,
    value: series.median((time) => time),
    unit: "ms" as const,
  });
  return [
    {
      work: `A page of 200 of ${count} pending runs`,
      ours: ms(page),
      goal: { of: "ours", bound: "at most", value: 50 },
    },
    { work: `All ${count} pending runs, in pages of 200`, ours: ms(all), reference: ms(plain) },
  ];
}

async function following(server: string, quick: boolean): Promise<readonly Row[]> {
  const batches = quick ? 5 : 100;
  await using rig = await startDispatchRig(server, { submit: () => Promise.resolve("running") });
  rig.runs.start();
  const times = new Map<number, number[]>([1, TAILS].map((followers) => [followers, []]));
  for (let round = 0; round < (quick ? 1 : 5); round++) {
    for (const [followers, taken] of times) taken.push(await follow(rig, followers, batches));
  }
  const lines = (followers: number) => ({
    label: followers === 1 ? "one follower" : "",
    value: (batches * 100 * followers * 1000) / median(times.get(followers) ?? []),
    unit: "lines/s" as const,
  });
  return [
    { work: `Lines delivered to ${TAILS} followers of one run`, ours: lines(TAILS), reference: lines(1) },
  ];
}

/** Milliseconds until every follower has all lines of a run that writes batches of 100 as fast as they are taken. */
async function follow(rig: DispatchRig, followers: number, batches: number): Promise<number> {
  const { id } = await rig.runs.submitter.submit(rig.request);
  while ((await rig.runs.store.get(id)).state !== "running");
  const total = batches * 100;
  const [{ epoch } = { epoch: "" }] = await rig.database.query<{ epoch: string }>(
    "SELECT epoch FROM runs WHERE id = $1",
    [id],
  );
  const start = performance.now();
  const done = Array.from({ length: followers }, async () => {
    let news = Promise.withResolvers<void>();
    using reader = rig.runs.logs.follow(id, 1, () => news.resolve());
    for (let next = 0; next < total;) {
      const lines = await reader.lines(next);
      next = (lines.at(-1)?.offset ?? next - 1) + 1;
      if (lines.length > 0) continue;
      await news.promise;
      news = Promise.withResolvers();
    }
  });
  for (let batch = 0; batch < batches; batch++) {
    const lines = Array.from({ length: 100 }, (_, n) => ({
      at: 0,
      level: "info",
      message: `line ${batch * 100 + n} of ${attemptName(id, 1)}`,
    }));
    await rig.runs.logs.append({ run: id, attempt: 1, epoch: BigInt(epoch), first: batch * 100, lines });
  }
  await Promise.all(done);
  return performance.now() - start;
}
