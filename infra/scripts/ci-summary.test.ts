import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const PROGRAM = join(import.meta.dirname, "ci-summary.ts");

function summaryOf(report: object): string {
  const folder = mkdtempSync(join(tmpdir(), "rat-summary-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "report.json"), JSON.stringify(report));
  return spawnSync(process.execPath, [PROGRAM, join(folder, "report.json")], { encoding: "utf8" }).stdout;
}

/** A test file whose tests passed, each within so many milliseconds. */
const file = (name: string, startTime: number, durations: readonly number[]) => ({
  name,
  status: "passed",
  startTime,
  endTime: startTime + durations.reduce((sum, duration) => sum + duration, 0),
  assertionResults: durations.map((duration, at) => ({
    fullName: `${name} ${at}`,
    status: "passed",
    duration,
  })),
});

test("tells the twenty slowest tests, the time of each project, and the counts last", () => {
  const lines = summaryOf({
    numPassedTests: 27,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [
      file("/r/packages/a/src/a.test.ts", 0, [100, 200]),
      file(
        "/r/tests/integration/b.test.ts",
        1000,
        Array.from({ length: 22 }, (_, at) => 1000 + at),
      ),
      file("/r/tests/faults/c.test.ts", 5000, [9000]),
      file("/r/tests/faults/d.test.ts", 6000, [3000, 500]),
    ],
  })
    .trim()
    .split("\n");
  expect(lines[1]).toBe("    9.0  /r/tests/faults/c.test.ts 0");
  expect(lines[2]).toBe("    3.0  /r/tests/faults/d.test.ts 0");
  expect(lines.filter((line) => /^ +\d+\.\d {2}/.test(line))).toHaveLength(20);
  expect(lines).toContain("unit: 1 files, 0.3 s of tests within 0.3 s");
  expect(lines).toContain("faults: 2 files, 12.5 s of tests within 9.0 s");
  expect(lines.at(-1)).toBe("27 passed, 0 failed");
});
