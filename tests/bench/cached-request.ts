import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { accessCheck, accessSeries, alternateWarm, answerOf, pipelineRead } from "./support/access-load.ts";
import { AccessRig } from "./support/access-rig.ts";
import { throughput, type Load } from "./support/load.ts";
import { Nginx, NO_NGINX } from "./support/nginx.ts";
import type { Series } from "./support/series.ts";

const GOAL = { of: "ratio", bound: "at least", value: 0.95 } as const;

/** The same requests while ratd knows the answers of the plugins. */
export const cachedRequest: Benchmark = {
  name: "cached-request",
  about:
    "the requests of `enforced-request` with the cache of identities and decisions that ratd has by default; the " +
    "pipeline itself is read from the database each time. Beside them nginx proxy_cache that serves a kept answer of " +
    "the same size for each token. With the access log that both write by default, and without.",
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  await using parts = new AsyncDisposableStack();
  const rig = parts.use(await AccessRig.start(await database.url()));
  const rows: { readonly work: string; readonly ours: Series<Load>; readonly reference?: Series<Load> }[] =
    [];
  const logging = await rig.ratd({ level: "info" });
  const silent = await rig.ratd({ level: "warn" });
  const requests = [accessCheck, pipelineRead(await rig.pipeline(logging))];
  for (const request of requests) {
    const body = await answerOf(logging, request.ours);
    for (const [ratd, log] of [[logging, true] as const, [silent, false] as const]) {
      const suffix = log ? "" : ", no access log";
      const ours = accessSeries("ours", { port: ratd.port, ...request.ours }, quick);
      const work = `${request.work}, cached${suffix}`;
      if (Nginx.installed) {
        const { port } = parts.use(await Nginx.start({ log, body }));
        const label = `nginx proxy_cache${suffix}`;
        rows.push({ work, ours, reference: accessSeries(label, { port, path: "/cached" }, quick) });
      } else rows.push({ work, ours });
    }
  }
  await alternateWarm(
    rows.flatMap(({ ours, reference }) => (reference === undefined ? [ours] : [ours, reference])),
    quick,
  );
  return rows.map(({ work, ours, reference }) => ({
    work,
    ours: throughput(ours),
    reference: reference === undefined ? NO_NGINX : throughput(reference),
    goal: GOAL,
  }));
}
