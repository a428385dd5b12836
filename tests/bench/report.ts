import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem, type } from "node:os";
import { resolve } from "node:path";
import { format } from "prettier";
import type { Benchmark } from "./benchmark.ts";

const FILE = resolve(import.meta.dirname, "../../docs/benchmarks.md");

/** Keeps the table of a full run in docs/benchmarks.md. */
export async function writeReport(
  benchmarks: readonly Benchmark[],
  table: string,
  date: Date,
): Promise<string> {
  const text = `# Benchmarks

The last full run of \`npm run bench\`. Ratios carry over to other machines, absolute figures do not: each row compares
two things measured side by side in one run. Nothing here is a timed test; a missed goal fails no build.

${machine(date)}

${table}

What is compared:

${benchmarks.map(({ name, about }) => `- \`${name}\`: ${about}`).join("\n")}

Run all of it with \`npm run bench\`, parts of it with \`npm run bench -- health-sweep memory\` (which leaves this page as it
is), and a short trial with \`npm run bench -- --quick\`. Where \`taskset\` is installed, what is under test has the first
core and everything else the second. Other work on the machine during a run shows in the figures.
`;
  await writeFile(FILE, await format(text, { parser: "markdown", printWidth: 110 }));
  return FILE;
}

function machine(date: Date): string {
  const memory = Math.round(totalmem() / 1024 ** 3);
  const model = cpus()[0]?.model ?? "unknown";
  return [
    `Date: ${date.toISOString().slice(0, 10)}.`,
    `Machine: ${type()}, ${availableParallelism()} cores (${model}), ${memory} GB.`,
    `Node.js ${process.version}.`,
    // A load far above one for each core means that other work took part of the machine.
    `Load average over the last five minutes of the run: ${(loadavg()[1] ?? 0).toFixed(1)}.`,
  ].join(" ");
}
