// Prints what vitest's JSON report says, at the end of a CI run: node infra/scripts/ci-summary.ts FILE
// The slowest tests, the time of each project, what was skipped or could not run, and the counts as the last line.
import { readFileSync } from "node:fs";

/** What of the report is read. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Milliseconds since 1970. */
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      /** Milliseconds; none when the test did not run. */
      readonly duration?: number | null;
    }[];
  }[];
}

const SLOWEST = 20;
/** Where the files of a project lie, as vitest.config.ts says it; what lies nowhere else is a unit test. */
const PROJECTS = [
  ["architecture", /\/tests\/architecture\//],
  ["faults", /\/tests\/faults\//],
  ["integration", /\/tests\//],
  ["unit", /./],
] as const;

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

const [, , file = ""] = process.argv;
const report = JSON.parse(readFileSync(file, "utf8")) as Report;
const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
process.stdout.write(`the ${SLOWEST} slowest tests, in seconds:\n`);
for (const { fullName, duration } of tests
  .toSorted((a, b) => (b.duration ?? 0) - (a.duration ?? 0))
  .slice(0, SLOWEST)) {
  process.stdout.write(`${seconds(duration ?? 0).padStart(7)}  ${fullName}\n`);
}
const byProject = Object.groupBy(
  report.testResults,
  ({ name }) => PROJECTS.find(([, where]) => where.test(name))?.[0] ?? "unit",
);
for (const [project, files = []] of Object.entries(byProject)) {
  const ms = files.reduce((sum, { startTime, endTime }) => sum + endTime - startTime, 0);
  const from = Math.min(...files.map(({ startTime }) => startTime));
  const to = Math.max(...files.map(({ endTime }) => endTime));
  process.stdout.write(
    `${project}: ${files.length} files, ${seconds(ms)} s of tests within ${seconds(to - from)} s\n`,
  );
}
for (const { fullName, status } of tests) {
  if (status === "pending" || status === "skipped") process.stdout.write(`skipped: ${fullName}\n`);
}
// A file that could not even be loaded has no test to count.
const broken = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === "failed" && !assertionResults.some((test) => test.status === "failed"),
);
for (const { name } of broken) process.stdout.write(`could not run: ${name}\n`);
const failed = report.numFailedTests + broken.length;
const skipped = report.numPendingTests + report.numTodoTests;
process.stdout.write(
  `${report.numPassedTests} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}\n`,
);
process.exitCode = failed === 0 && report.numPassedTests > 0 ? 0 : 1;
