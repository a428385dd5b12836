import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { PEERS } from "./peers/peers.ts";
import { Helper } from "./support/helper.ts";
import { load, throughput, type Load } from "./support/load.ts";
import { Ratd } from "./support/ratd.ts";
import { alternate, Series } from "./support/series.ts";

/** Routes that ask no plugin. */
export const openRoute: Benchmark = {
  name: "open-route",
  about:
    "`GET /health`, `/health/live` and `/features`, which ask no plugin, beside bare Fastify; 64 connections.",
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  await using ratd = await Ratd.start({ databaseUrl: await database.url() });
  await using fastify = await Helper.start(PEERS.fastifyHello, { port: 0 }, { place: "under-test" });
  const measure = (label: string, port: number, path: string) =>
    new Series<Load>(label, () => load({ port, path, connections: 64, durationMs: quick ? 100 : 1500 }));
  const bare = measure("bare Fastify", fastify.port, "/");
  const routes = ["/health", "/health/live", "/features"].map((path) => ({
    path,
    series: measure("ours", ratd.port, path),
  }));
  await alternate(quick ? 1 : 3, [bare, ...routes.map(({ series }) => series)]);
  return routes.map(({ path, series }) => ({
    work: `GET ${path}`,
    ours: throughput(series),
    reference: throughput(bare),
  }));
}
