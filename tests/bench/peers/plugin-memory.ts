// Run with --expose-gc: how much memory the monitors of many healthy plugins hold.
import { setTimeout } from "node:timers/promises";
import { endMonitors, expectHealthy, monitorPlugins, sweep } from "../support/monitored-plugins.ts";
import { readSpecification, tellReady } from "../support/specification.ts";

/** Bytes for each plugin. */
export interface PluginMemory {
  readonly heap: number;
  readonly resident: number;
}

const { ports } = readSpecification<{ readonly ports: readonly number[] }>({ ports: [] });
// Code, caches and buffers that do not grow with the number of plugins come first.
const trial = monitorPlugins(ports.slice(0, Math.ceil(ports.length / 10)));
for (let round = 0; round < 5; round++) await sweep(trial);
endMonitors(trial);
const before = await settledMemory();
const plugins = monitorPlugins(ports);
for (let round = 0; round < 3; round++) await sweep(plugins);
expectHealthy(plugins);
const after = await settledMemory();
expectHealthy(plugins);
const each = (bytes: (usage: NodeJS.MemoryUsage) => number) => (bytes(after) - bytes(before)) / ports.length;
tellReady({
  heap: each(({ heapUsed, external }) => heapUsed + external),
  resident: each(({ rss }) => rss),
} satisfies PluginMemory);

async function settledMemory(): Promise<NodeJS.MemoryUsage> {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    await setTimeout(100);
  }
  return process.memoryUsage();
}
