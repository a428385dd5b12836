import { parseArgs } from "node:util";
import { authenticatedRequest } from "./authenticated-request.ts";
import { cachedRequest } from "./cached-request.ts";
import { completeRuns } from "./complete-runs.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { enforcedRequest } from "./enforced-request.ts";
import { hangingSweep } from "./hanging-sweep.ts";
import { healthSweep } from "./health-sweep.ts";
import { memory } from "./memory.ts";
import { openRoute } from "./open-route.ts";
import { writeReport } from "./report.ts";
import { runViews } from "./run-views.ts";
import { startLatency } from "./start-latency.ts";
import { startUp } from "./start-up.ts";
import { steady } from "./steady.ts";
import { submitRuns } from "./submit-runs.ts";
import { Database } from "./support/database.ts";
import { formatTable } from "./table.ts";

const BENCHMARKS: readonly Benchmark[] = [
  healthSweep,
  hangingSweep,
  authenticatedRequest,
  enforcedRequest,
  cachedRequest,
  openRoute,
  submitRuns,
  startLatency,
  completeRuns,
  runViews,
  startUp,
  memory,
];
/** Those that take minutes run only when they are named. */
const LONG: readonly Benchmark[] = [steady];

const { values, positionals } = parseArgs({
  options: { quick: { type: "boolean", default: false } },
  allowPositionals: true,
});
const known = [...BENCHMARKS, ...LONG];
const unknown = positionals.filter((name) => known.every((benchmark) => benchmark.name !== name));
if (unknown.length > 0) {
  const names = known.map(({ name }) => name).join(", ");
  process.stderr.write(`There is no benchmark ${unknown.join(", ")}. There are: ${names}.\n`);
  process.exitCode = 2;
} else {
  const chosen =
    positionals.length === 0 ? BENCHMARKS : known.filter(({ name }) => positionals.includes(name));
  const table = formatTable(await runAll(chosen, values.quick));
  process.stdout.write(`${table}\n`);
  if (positionals.length === 0 && !values.quick) {
    process.stderr.write(`Written to ${await writeReport(chosen, table, new Date())}.\n`);
  }
}

/** Runs one after another: side by side they would measure each other. */
async function runAll(benchmarks: readonly Benchmark[], quick: boolean): Promise<readonly Row[]> {
  await using database = new Database();
  const rows: Row[] = [];
  for (const { name, run } of benchmarks) {
    process.stderr.write(`${name} …\n`);
    rows.push(...(await run({ quick, database })));
  }
  return rows;
}
