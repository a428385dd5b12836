import { Client } from "pg";
import { createTestDatabase, type TestDatabase } from "./postgres.ts";
import { LabExecutor } from "./lab-executor.ts";
import { startTestRatd, type TestRatd } from "./test-ratd.ts";
import type { Clock } from "../../services/ratd/src/platform/clock.ts";
import { until } from "./until.ts";

/** Settings with which what takes seconds takes moments. */
export const FAST = { lease: "600ms", poll: "150ms", runners: [] as string[] };

/** What a run looks like in the API. */
export interface ShownRun {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly attempt: number;
  readonly executor: string | null;
}

/** A database, an executor under control, and as many ratd as a test wants. */
export class RunLab implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly executor: LabExecutor;
  readonly sql: Client;
  /** What its calls are made with. */
  token: string | undefined;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    database: TestDatabase,
    executor: LabExecutor,
    sql: Client,
    stack: AsyncDisposableStack,
  ) {
    this.database = database;
    this.executor = executor;
    this.sql = sql;
    this.#stack = stack;
  }

  static async start(): Promise<RunLab> {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const executor = stack.use(await LabExecutor.start());
    const sql = new Client({ connectionString: database.connectionString });
    sql.on("error", () => undefined);
    await sql.connect();
    stack.defer(() => sql.end());
    return new RunLab(database, executor, sql, stack.move());
  }

  /** Starts a ratd with the executor in its slot. */
  async ratd(
    options: {
      readonly runs?: object;
      readonly clock?: Clock;
      readonly databaseUrl?: string;
      readonly executor?: object | null;
      readonly plugins?: Readonly<Record<string, object>>;
      /** Further keys of rat.yaml. */
      readonly more?: Readonly<Record<string, unknown>>;
    } = {},
  ): Promise<TestRatd> {
    const { runs = {}, clock, databaseUrl = this.database.connectionString } = options;
    const plugins: Record<string, object> = { ...options.plugins };
    if (options.executor !== null) plugins["executor"] = { ...this.executor.entry, ...options.executor };
    const ratd = await startTestRatd(
      databaseUrl,
      { plugins, runs: { ...FAST, ...runs }, ...options.more },
      clock === undefined ? {} : { clock },
    );
    this.#stack.use(ratd);
    return ratd;
  }

  /** Makes a pipeline `default/bronze/<name>`; answers what to send to start a run of it. */
  async pipeline(ratd: TestRatd, name: string, more: object = {}) {
    const body = { layer: "bronze", name, kind: "command", spec: { argv: ["true"] }, ...more };
    const { status, text } = await ratd.call("/api/v1/pipelines", { body, ...this.#signed });
    if (status !== 201) throw new Error(text);
    return { layer: "bronze", pipeline: name };
  }

  /** Starts a run; answers its id. */
  async run(ratd: TestRatd, body: object, headers: Record<string, string> = {}): Promise<string> {
    const { status, json, text } = await ratd.call("/api/v1/runs", { body, headers, ...this.#signed });
    if (status !== 202) throw new Error(text);
    return String(json["id"]);
  }

  async show(ratd: TestRatd, id: string): Promise<ShownRun> {
    return (await ratd.call(`/api/v1/runs/${id}`, this.#signed)).json["run"] as ShownRun;
  }

  /** Waits until a run is in a state. */
  waitFor(ratd: TestRatd, id: string, state: string, timeoutMs = 10_000): Promise<ShownRun> {
    return until(
      async () => {
        const run = await this.show(ratd, id);
        return run.state === state ? run : undefined;
      },
      { timeoutMs, what: `run ${id} to be ${state}` },
    );
  }

  /** Every row of every table, as text. */
  async everyRow(): Promise<string> {
    const { rows } = await this.sql.query<{ name: string }>(
      "SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'shared_keys'",
    );
    const tables = [];
    for (const { name } of rows) tables.push(await this.sql.query(`SELECT to_jsonb(t)::text FROM ${name} t`));
    return JSON.stringify(tables.map((table) => table.rows));
  }

  /** The value of a counter over all its labels. */
  async metric(ratd: TestRatd, name: string): Promise<number> {
    const { text } = await ratd.call("/metrics");
    const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  get #signed(): { readonly token?: string } {
    return this.token === undefined ? {} : { token: this.token };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
