import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { endMonitors, monitorPlugins, sweep } from "./support/monitored-plugins.ts";
import { PluginFarm } from "./support/plugin-farm.ts";
import { alternate, Series } from "./support/series.ts";

const PLUGINS = 100;
const HANGING = 10;

/** Checks 100 plugins of which 10 never answer. */
export const hangingSweep: Benchmark = {
  name: "hanging-sweep",
  about:
    "the first sweep of 100 plugins of which 10 take the call and never answer: time until the last healthy one is " +
    "reported. Beside it the same with no plugin hanging.",
  run,
};

async function run({ quick }: BenchContext): Promise<readonly Row[]> {
  await using troubled = await PluginFarm.start(PLUGINS, HANGING);
  await using well = await PluginFarm.start(PLUGINS);
  const ours = new Series("10 hang", () => lastHealthy(troubled.ports, PLUGINS - HANGING));
  const reference = new Series("none hangs", () => lastHealthy(well.ports, PLUGINS));
  await alternate(quick ? 1 : 15, [ours, reference]);
  return [
    {
      work: `Last healthy result of ${PLUGINS} plugins, ${HANGING} of them hanging`,
      ours: { label: "", value: ours.median((ms) => ms), unit: "ms" },
      reference: { label: reference.label, value: reference.median((ms) => ms), unit: "ms" },
      goal: { of: "ours", bound: "at most", value: 100 },
    },
  ];
}

/** Milliseconds from the start of a first sweep to the `expected`th healthy result. */
async function lastHealthy(ports: readonly number[], expected: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let healthy = 0;
  const plugins = monitorPlugins(ports, ({ status }) => {
    if (status === "healthy" && ++healthy === expected) resolve();
  });
  const start = performance.now();
  const settled = sweep(plugins);
  await promise;
  const duration = performance.now() - start;
  // Ends the calls that hang, so that the next round starts clean.
  endMonitors(plugins);
  await settled;
  return duration;
}
