import { setTimeout } from "node:timers/promises";
import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { PEERS } from "./peers/peers.ts";
import type { PluginMemory } from "./peers/plugin-memory.ts";
import { Helper } from "./support/helper.ts";
import { PluginFarm } from "./support/plugin-farm.ts";
import { Ratd } from "./support/ratd.ts";
import { residentMemory } from "./support/resident-memory.ts";
import { alternate, Series } from "./support/series.ts";

const MEGABYTE = 1024 ** 2;

/** Memory of an idle ratd, and of one more plugin. */
export const memory: Benchmark = {
  name: "memory",
  about:
    "resident memory of ratd without plugins and without the database's processes, some seconds after its start, as the bundle of the container image and from its sources; beside " +
    "it bare node:http and bare Fastify. And what 1,000 healthy, connected plugins add, divided by 1,000.",
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  const databaseUrl = await database.url();
  const settleMs = quick ? 100 : 5000;
  const ratd = (fromSources: boolean) =>
    new Series("ours", async () => {
      await using process = await Ratd.start({ databaseUrl, fromSources });
      await setTimeout(settleMs);
      return await residentMemory(process.pid);
    });
  const bundled = ratd(false);
  const sources = ratd(true);
  const peer = (label: string, file: string) =>
    new Series(label, async () => {
      await using process = await Helper.start(file, { port: 0 }, { place: "under-test" });
      await setTimeout(settleMs);
      return await residentMemory(process.pid);
    });
  const http = peer("bare node:http", PEERS.httpHello);
  const fastify = peer("bare Fastify", PEERS.fastifyHello);
  await alternate(quick ? 1 : 3, [bundled, sources, http, fastify]);
  const plugins = await pluginMemory(quick ? 20 : 1000);
  const idle = (work: string, ours: Series<number>, reference: Series<number>): Row => ({
    work,
    ours: { label: "", value: megabytes(ours), unit: "MB" },
    reference: { label: reference.label, value: megabytes(reference), unit: "MB" },
  });
  return [
    {
      ...idle("Idle ratd, resident memory", bundled, http),
      goal: { of: "ours", bound: "at most", value: 100 },
    },
    idle("Idle ratd, resident memory", bundled, fastify),
    idle("Idle ratd run from its sources, resident memory", sources, http),
    {
      work: "One more healthy plugin",
      ours: {
        label: "",
        value: plugins.heap / 1024,
        unit: "kB",
        detail: `resident ${Math.round(plugins.resident / 1024)} kB`,
      },
      goal: { of: "ours", bound: "at most", value: 20 },
    },
  ];
}

async function pluginMemory(count: number): Promise<PluginMemory> {
  await using farm = await PluginFarm.start(count);
  await using child = await Helper.start(
    PEERS.pluginMemory,
    { ports: farm.ports },
    { place: "under-test", flags: ["--expose-gc"] },
  );
  return readPluginMemory(child.answer);
}

function readPluginMemory(answer: unknown): PluginMemory {
  return answer as PluginMemory;
}

function megabytes(series: Series<number>): number {
  return series.median((bytes) => bytes) / MEGABYTE;
}
