import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClient, type Client } from "@rat/client";
import { createTestDatabase } from "../support/postgres.ts";
import { RatdProcess, removePlacedElsewhere } from "../support/ratd-process.ts";
import { until } from "../support/until.ts";

const EXAMPLE = resolve(import.meta.dirname, "../../examples/seattle-weather");

let stack: AsyncDisposableStack;
let url: string;
let client: Client;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const parent = mkdtempSync(join(tmpdir(), "example-"));
  stack.defer(() => rmSync(parent, { recursive: true, force: true }));
  // The hardest place: as root, runs have users of their own, to whom this folder is closed.
  const directory = join(parent, "rät ci");
  mkdirSync(directory, { mode: 0o700 });
  stack.defer(() => removePlacedElsewhere(directory));
  const umask = process.umask(0o077);
  stack.defer(() => void process.umask(umask));
  // Without `runs.runners`: ratd keeps a runner of its own, as after installation.
  const ratd = stack.use(
    new RatdProcess({ yaml: { runs: {} }, env: { DATABASE_URL: database.connectionString }, directory }),
  );
  url = await ratd.url();
  client = createClient({ address: url });
  await until(async () => (await client.health()).services["runner"] === "healthy", { timeoutMs: 30_000 });
});
afterEach(() => stack.disposeAsync());

async function example(): Promise<{
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}> {
  const child = spawn(process.execPath, [resolve(EXAMPLE, "run.ts")], {
    env: { ...process.env, RAT_ADDR: url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const exit = await new Promise<number | null>((done) => child.once("close", done));
  return { exit, stdout, stderr };
}

/** A month as the gold table has it. */
type Month = readonly [
  year: number,
  month: number,
  days: number,
  rainyDays: number,
  precipitation: number,
  mean: number,
  highest: number,
  lowest: number,
];

interface Day {
  readonly date: string;
  /** In tenths, so that sums are exact. */
  readonly precipitation: number;
  readonly high: number;
  readonly low: number;
}

/** The months of the file, computed by hand. */
function expectedMonths(): readonly Month[] {
  const [, ...lines] = readFileSync(resolve(EXAMPLE, "data/seattle-weather.csv"), "utf8").trim().split("\n");
  const tenths = (text: string | undefined) => Math.round(Number(text) * 10);
  const byMonth = new Map<string, Day[]>();
  for (const line of lines) {
    const [date = "", precipitation, high, low] = line.split(",");
    const day = { date, precipitation: tenths(precipitation), high: tenths(high), low: tenths(low) };
    const key = date.slice(0, 7);
    byMonth.set(key, [...(byMonth.get(key) ?? []), day]);
  }
  return [...byMonth].map(([key, days]) => {
    const sum = (of: (day: Day) => number) => days.reduce((total, day) => total + of(day), 0);
    return [
      Number(key.slice(0, 4)),
      Number(key.slice(5)),
      days.length,
      days.filter(({ precipitation }) => precipitation > 0).length,
      sum(({ precipitation }) => precipitation) / 10,
      sum(({ high, low }) => high + low) / 20 / days.length,
      Math.max(...days.map(({ high }) => high)) / 10,
      Math.min(...days.map(({ low }) => low)) / 10,
    ];
  });
}

test("the example runs its pipelines in order, and its gold table is right", async () => {
  const first = await example();
  expect(first, first.stdout + first.stderr).toMatchObject({ exit: 0 });
  expect(first.stdout.split("\n").filter((line) => line.startsWith("created"))).toHaveLength(4);
  expect(first.stdout).toContain("wettest of 1461 days: 2015/03/15 with 55.9 mm");
  expect(first.stdout + first.stderr).not.toContain("\u001B");

  const newestFirst = await client.runs.list();
  const runs = newestFirst.toReversed();
  expect(runs.map(({ layer, pipeline, state }) => `${layer}/${pipeline} ${state}`)).toEqual([
    "bronze/weather success",
    "silver/weather success",
    "gold/monthly_weather success",
    "gold/wettest_day success",
  ]);
  expect(runs.map((run) => run.upstream_run_id)).toEqual([null, ...runs.slice(0, 3).map(({ id }) => id)]);

  const result = await client.runs.result(runs[2]?.id ?? "");
  const rows = result["rows"] as readonly Month[];
  const expected = expectedMonths();
  expect(expected).toHaveLength(48);
  expect(rows).toHaveLength(48);
  for (const [at, [year, month, days, rainy, precipitation, mean, highest, lowest]] of expected.entries()) {
    expect(rows[at]).toEqual([
      year,
      month,
      days,
      rainy,
      expect.closeTo(precipitation, 6),
      // Rounded to two places.
      expect.closeTo(mean, 2),
      highest,
      lowest,
    ]);
  }

  const second = await example();
  expect(second, second.stdout + second.stderr).toMatchObject({ exit: 0 });
  expect(second.stdout.split("\n").filter((line) => line.startsWith("unchanged"))).toHaveLength(4);
  expect(await client.runs.list()).toHaveLength(8);
}, 120_000);
