import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Client, type QueryResultRow } from "pg";
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from "../../services/ratd/src/platform/embedded-postgres/embedded-postgres.ts";
import { silentLogger } from "../../services/ratd/src/platform/logger.ts";
import type { AttemptRow, History, RequestRow, RunRow } from "../faults/history/history.ts";
import { parseExecutorEvents } from "../faults/history/parse-history.ts";
import { unusedAddress } from "./fake-plugin.ts";
import { PluginProcess } from "./plugin-process.ts";
import { RatdFleet } from "./ratd-fleet.ts";
import { RunClients } from "./run-clients.ts";
import { FAST } from "./run-lab.ts";
import { Seeded } from "./seeded.ts";
import { call } from "./test-ratd.ts";
import { until } from "./until.ts";

/** The lease of FAST, milliseconds. */
const LEASE_MS = 600;
/** Between two faults, milliseconds. */
const GAP_MS = [50, 400] as const;
const CLOCK_SHIFTS = [0, 90_000, -90_000];
/** How long stray reports may still be on their way when all runs have ended. */
const STRAYS_MS = 1500;

/** What happens how often, in proportion. */
const FAULTS = [
  ["pause", 48],
  ["ratd", 24],
  ["executor", 16],
  ["postgres", 12],
] as const;
/** A fault, by what it hits; `pause` stops a ratd for longer than its lease. */
export type Fault = (typeof FAULTS)[number][0];
/** What faults hit. */
interface Targets {
  readonly fleet: RatdFleet;
  readonly executor: PluginProcess;
  readonly postgres: EmbeddedPostgres;
}

type Weights = readonly (readonly [Fault, number])[];

/** A run of the fault suite. */
export interface FaultRunOptions {
  readonly seed: number;
  readonly runs: number;
  /** How many ratd, up to three; from the second on their clocks are wrong. */
  readonly ratds: number;
  /** Share of runs that take longer than 300 ms, from 0 to 1; 0.2 unless given. */
  readonly longRuns?: number;
  /** The kinds of faults; all of them unless given. */
  readonly faults?: readonly Fault[];
  /** How long runs may take to end when the faults are over. */
  readonly drainMs: number;
  /** Statements that break the database on purpose. */
  readonly plant?: (sql: Client) => Promise<void>;
}

/** What came of it. */
export interface FaultRunResult {
  readonly history: History;
  readonly faults: Readonly<Record<Fault, number>>;
  readonly cancels: number;
  /** Stale writes that ratd refused, and calls under an old epoch that the executor refused. */
  readonly refused: { readonly writes: number; readonly epochs: number };
  readonly surprises: readonly string[];
}

/** Starts everything, lets clients work while faults happen, and answers the history. The seed decides which faults. */
export async function faultRun(options: FaultRunOptions): Promise<FaultRunResult> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "rat-fault-run-"));
  await chmod(directory, 0o755);
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const dataDirectory = join(directory, "postgres");
  await mkdir(dataDirectory);
  const postgres = stack.use(await startEmbeddedPostgres({ dataDirectory, logger: silentLogger }));
  const historyFile = join(directory, "history.jsonl");
  const port = Number((await unusedAddress()).split(":")[1]);
  const executor = stack.use(
    new PluginProcess("tests/support/history-executor.ts", port, {
      HISTORY_FILE: historyFile,
      HISTORY_SEED: String(options.seed),
      HISTORY_LONG: String(options.longRuns ?? 0.2),
    }),
  );
  await executor.start();
  const health = { interval: "500ms", timeout: "500ms" };
  const plugins = { executor: { image: "rat/history", address: executor.address, health } };
  const fleet = stack.use(
    await RatdFleet.start({
      databaseUrl: postgres.connectionString,
      yaml: { plugins, runs: FAST },
      clockShifts: CLOCK_SHIFTS.slice(0, options.ratds),
    }),
  );
  const pipelines = await makePipelines(fleet);
  if (options.plant !== undefined) await withSql(postgres, options.plant);

  const clients = new RunClients({
    runs: options.runs,
    random: new Seeded(options.seed + 1),
    pipelines,
    urls: () => fleet.urls,
  });
  const load = { on: true };
  const weights = FAULTS.filter(([fault]) => options.faults?.includes(fault) ?? true);
  const faults = happen(new Seeded(options.seed), weights, { fleet, executor, postgres }, load);
  await clients.work();
  load.on = false;
  const counts = await faults;
  await settle(postgres, historyFile, options.drainMs);
  await setTimeout(STRAYS_MS);
  await fleet.scrape();
  const events = parseExecutorEvents(await readFile(historyFile, "utf8"));
  return {
    history: { acknowledged: clients.acknowledged, executor: events, ...(await readTables(postgres)) },
    faults: counts,
    cancels: clients.cancels,
    refused: {
      writes: fleet.staleWrites,
      epochs: events.filter(({ kind }) => kind === "refused").length,
    },
    surprises: clients.surprises,
  };
}

async function makePipelines(fleet: RatdFleet): Promise<readonly ["plain", "stubborn"]> {
  const [url = ""] = fleet.urls;
  for (const [name, retry] of [
    ["plain", false],
    ["stubborn", true],
  ] as const) {
    const spec = { argv: ["true"] };
    const attempts = { max_attempts: 12, retry_on_failure: retry };
    const body = { layer: "bronze", name, kind: "command", spec, ...attempts };
    await until(async () => (await call(url, "/api/v1/pipelines", { body })).status === 201, {
      timeoutMs: 15_000,
      what: `pipeline ${name}`,
    });
  }
  return ["plain", "stubborn"];
}

/** Faults, one after the other while there is load; those that take time go on beside the next. */
async function happen(
  random: Seeded,
  weights: Weights,
  it: Targets,
  load: { readonly on: boolean },
): Promise<Record<Fault, number>> {
  const counts = { pause: 0, ratd: 0, executor: 0, postgres: 0 };
  while (load.on) {
    await setTimeout(random.between(...GAP_MS));
    await it.fleet.scrape();
    const kind = pickFault(random, weights);
    const index = Math.floor(random.between(0, 6));
    const ms = random.between(LEASE_MS, 3 * LEASE_MS);
    if (await happenOnce(kind, index, ms, it)) counts[kind] += 1;
  }
  await it.fleet.calm();
  return counts;
}

function pickFault(random: Seeded, weights: Weights): Fault {
  let left = random.between(
    0,
    weights.reduce((sum, [, weight]) => sum + weight, 0),
  );
  for (const [kind, weight] of weights) {
    left -= weight;
    if (left < 0) return kind;
  }
  return "pause";
}

async function happenOnce(kind: Fault, index: number, ms: number, it: Targets): Promise<boolean> {
  switch (kind) {
    case "pause":
      return it.fleet.pause(index, ms);
    case "ratd":
      return it.fleet.kill(index);
    case "executor":
      await it.executor.kill();
      await setTimeout(ms / 4);
      await it.executor.start();
      return true;
    case "postgres": {
      const { pid } = it.postgres;
      if (pid === undefined) return false;
      process.kill(pid, "SIGKILL");
      await until(() => it.postgres.pid !== undefined && it.postgres.pid !== pid, {
        timeoutMs: 30_000,
        what: "the restart of PostgreSQL",
      });
      return true;
    }
  }
}

/** Waits until every run has ended, in the tables and at the executor; what has not by then is the checker's matter. */
async function settle(postgres: EmbeddedPostgres, historyFile: string, drainMs: number): Promise<void> {
  const settled = async () => {
    const open = await rowsOf(postgres, "SELECT 1 FROM runs WHERE state IN ('pending', 'running') LIMIT 1");
    if (open.length > 0) return false;
    const underWay = new Set<string>();
    for (const event of parseExecutorEvents(await readFile(historyFile, "utf8"))) {
      if (event.kind === "started") underWay.add(event.name);
      else if (event.kind === "ended") underWay.delete(event.name);
    }
    return underWay.size === 0;
  };
  const deadline = performance.now() + drainMs;
  while (performance.now() < deadline && !(await settled().catch(() => false))) await setTimeout(100);
}

async function readTables(
  postgres: EmbeddedPostgres,
): Promise<Pick<History, "runs" | "attempts" | "requests">> {
  return {
    runs: await rowsOf<RunRow>(
      postgres,
      `SELECT id, state, attempt, max_attempts AS "maxAttempts", retry_on_failure AS "retryOnFailure",
              cancel_requested_at IS NOT NULL AS "cancelRequested" FROM runs ORDER BY id`,
    ),
    attempts: await rowsOf<AttemptRow>(
      postgres,
      "SELECT run_id AS run, attempt, state FROM run_attempts ORDER BY 1, 2",
    ),
    requests: await rowsOf<RequestRow>(postgres, "SELECT key, run_id AS run FROM run_requests ORDER BY key"),
  };
}

function rowsOf<Row extends QueryResultRow>(postgres: EmbeddedPostgres, query: string): Promise<Row[]> {
  return withSql(postgres, async (sql) => (await sql.query<Row>(query)).rows);
}

/** A connection for one piece of work: none outlives a kill of the server. */
async function withSql<T>(postgres: EmbeddedPostgres, work: (sql: Client) => Promise<T>): Promise<T> {
  const sql = new Client({ connectionString: postgres.connectionString });
  sql.on("error", () => undefined);
  await sql.connect();
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}
