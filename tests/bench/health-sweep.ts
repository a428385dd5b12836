import { Agent } from "node:http";
import type { BenchContext, Benchmark, Measure, Row } from "./benchmark.ts";
import { bareConnect, bareHealthCall, fetchHealthCall } from "./support/bare-calls.ts";
import { endMonitors, expectHealthy, monitorPlugins, sweep } from "./support/monitored-plugins.ts";
import { PluginFarm } from "./support/plugin-farm.ts";
import { alternate, Series, timed } from "./support/series.ts";

/** Checks 1,000 plugins at once. */
export const healthSweep: Benchmark = {
  name: "health-sweep",
  about:
    "1,000 plugins checked at once, each through the monitor that ratd uses: the first sweep opens the connections " +
    "and calls HealthCheck and Describe, a further one calls HealthCheck. Beside it as many bare TCP connects " +
    "(opened and closed), and the health call alone with node:http and with fetch.",
  run,
};

async function run({ quick }: BenchContext): Promise<readonly Row[]> {
  const count = quick ? 20 : 1000;
  await using farm = await PluginFarm.start(count);
  const { ports } = farm;

  const steadyPlugins = monitorPlugins(ports);
  await sweep(steadyPlugins);
  expectHealthy(steadyPlugins);
  const first = new Series("ours", () => firstSweep(ports));
  const steady = new Series("ours", () => timed(() => sweep(steadyPlugins)));
  const connects = new Series("TCP connects", () => timed(() => Promise.all(ports.map(bareConnect))));
  const plain = new Series("node:http, connects included", () => plainFirst(ports));
  const fetched = new Series("fetch, connections open", () =>
    timed(() => Promise.all(ports.map(fetchHealthCall))),
  );
  try {
    await alternate(quick ? 1 : 9, [connects, first, plain, steady, fetched]);
  } finally {
    endMonitors(steadyPlugins);
  }
  const goal = { of: "ratio", bound: "at most", value: 5 } as const;
  const row = (work: string, ours: Series<number>, reference: Series<number>): Row => ({
    work: `${work} of ${count} plugins`,
    ours: milliseconds(ours),
    reference: milliseconds(reference),
  });
  return [
    { ...row("First sweep", first, connects), goal },
    row("First sweep", first, plain),
    row("Further sweep", steady, connects),
    row("Further sweep", steady, fetched),
  ];
}

async function firstSweep(ports: readonly number[]): Promise<number> {
  const plugins = monitorPlugins(ports);
  try {
    const duration = await timed(() => sweep(plugins));
    expectHealthy(plugins);
    return duration;
  } finally {
    endMonitors(plugins);
  }
}

async function plainFirst(ports: readonly number[]): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  try {
    return await timed(() => Promise.all(ports.map((port) => bareHealthCall(port, agent))));
  } finally {
    agent.destroy();
  }
}

function milliseconds(series: Series<number>): Measure {
  return { label: series.label, value: series.median((ms) => ms), unit: "ms" };
}
