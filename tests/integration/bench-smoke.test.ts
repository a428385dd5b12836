import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const MAIN = resolve(import.meta.dirname, "../bench/main.ts");
const bench = (...args: readonly string[]) => promisify(execFile)(process.execPath, [MAIN, ...args]);

it("prints a row for each comparison of a benchmark, with its ratio and goal", async () => {
  const { stdout } = await bench("--quick", "health-sweep");
  const [headings, , ...rows] = stdout.trim().split("\n").map(cells);
  expect(headings).toEqual(["work", "ours", "reference", "ratio", "goal", "met"]);
  expect(rows.map(([work, , reference]) => `${work} / ${reference?.replace(/:? [\d.,]+ ms$/, "")}`)).toEqual([
    "First sweep of 20 plugins / TCP connects",
    "First sweep of 20 plugins / node:http, connects included",
    "Further sweep of 20 plugins / TCP connects",
    "Further sweep of 20 plugins / fetch, connections open",
  ]);
  for (const [, , , ratio] of rows) expect(Number(ratio)).toBeGreaterThan(0);
  expect(rows[0]?.slice(4)).toEqual(["≤ 5 ×", expect.stringMatching(/^(yes|no)$/)]);
});

it("names the benchmarks that exist when asked for another", async () => {
  await expect(bench("sweeping")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("There is no benchmark sweeping. There are: health-sweep, hanging-sweep"),
  });
});

function cells(line: string): readonly string[] {
  return line
    .slice(1, -1)
    .split("|")
    .map((text) => text.trim());
}
