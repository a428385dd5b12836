// Prints what vitest's JSON report counted, as the last line of a CI run: node infra/scripts/ci-summary.ts FILE
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
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const [, , file = ""] = process.argv;
const report = JSON.parse(readFileSync(file, "utf8")) as Report;
const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
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
