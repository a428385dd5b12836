import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { startDispatchRig } from "./support/dispatch-rig.ts";

const CALLERS = 64;
const MINUTES = 10;
/** Runs that wait at most: callers are held back beyond it, as a full system would hold them. */
const WAITING = 2000;

/** Submits and completes for ten minutes: throughput and memory by the minute. Only when it is named. */
export const steady: Benchmark = {
  name: "steady",
  about:
    `runs submitted by ${CALLERS} callers and completed at once for ${MINUTES} minutes: each minute's rate beside that of ` +
    "the first, and the heap after a collection. Not part of a full run: `npm run bench -- steady`.",
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  const server = await database.url();
  let submitted = 0;
  let started = 0;
  await using rig = await startDispatchRig(server, {
    submit: () => {
      started += 1;
      return Promise.resolve("success");
    },
  });
  rig.runs.start();
  // One object, since the loops below and the end of the run share it.
  const state = { over: false };
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!state.over) {
      if (submitted - started > WAITING) await new Promise((resolve) => setTimeout(resolve, 1));
      else {
        submitted += 1;
        await rig.runs.submitter.submit(rig.request);
      }
    }
  });
  const rows: Row[] = [];
  let first: number | undefined;
  for (let n = 1; n <= (quick ? 2 : MINUTES); n++) {
    const before = started;
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, quick ? 1000 : 60_000));
    const perSecond = ((started - before) / (performance.now() - start)) * 1000;
    globalThis.gc?.();
    first ??= perSecond;
    const heap = (process.memoryUsage().heapUsed / 1e6).toFixed(1);
    rows.push({
      work: `Minute ${n}, ${started} runs in all`,
      ours: { label: "", value: perSecond, unit: "runs/s", detail: `heap ${heap} MB` },
      reference: { label: "minute 1", value: first, unit: "runs/s" },
      goal: { of: "ratio", bound: "at least", value: 0.8 },
    });
  }
  state.over = true;
  await Promise.all(callers);
  return rows;
}
