import { Client } from "pg";
import type { AuditRecord, AuditVerification } from "@rat/client";
import { FakePlugin } from "./fake-plugin.ts";
import { createTestDatabase, type TestDatabase } from "./postgres.ts";
import { startTestRatd, type TestRatd } from "./test-ratd.ts";
import type { Clock } from "../../services/ratd/src/platform/clock.ts";

/** Routes of operators as often as a test wants. */
const UNLIMITED = { limits: { principal: { list: 0, get: 0, write: 0 } } };

/** A database, a plugin for all slots but the executor, and as many ratd as a test wants. */
export class AuditLab implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly plugin: FakePlugin;
  readonly sql: Client;
  readonly #stack: AsyncDisposableStack;

  private constructor(database: TestDatabase, plugin: FakePlugin, sql: Client, stack: AsyncDisposableStack) {
    this.database = database;
    this.plugin = plugin;
    this.sql = sql;
    this.#stack = stack;
  }

  static async start(): Promise<AuditLab> {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const plugin = stack.use(await FakePlugin.start());
    const sql = new Client({ connectionString: database.connectionString });
    sql.on("error", () => undefined);
    await sql.connect();
    stack.defer(() => sql.end());
    return new AuditLab(database, plugin, sql, stack.move());
  }

  /** rat.yaml with the plugin in its slots. */
  get yaml() {
    const { address } = this.plugin;
    const plugins = Object.fromEntries(
      ["auth", "sharing", "enforcement", "cloud"].map((slot) => [
        slot,
        { image: `rat/the-${slot}:1`, address },
      ]),
    );
    return { ...UNLIMITED, plugins };
  }

  async ratd(options: { readonly databaseUrl?: string; readonly clock?: Clock } = {}): Promise<TestRatd> {
    const { databaseUrl = this.database.connectionString, clock } = options;
    return this.#stack.use(await startTestRatd(databaseUrl, this.yaml, clock === undefined ? {} : { clock }));
  }

  /** The records of an action in the table, past ratd. */
  async recorded(action: string): Promise<readonly AuditRecord[]> {
    const { rows } = await this.sql.query<AuditRecord>(
      "SELECT * FROM audit_log WHERE action = $1 ORDER BY writer, seq",
      [action],
    );
    return rows;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** What ratd says of its whole log. */
export async function verification(ratd: TestRatd): Promise<AuditVerification> {
  const { status, json, text } = await ratd.operate("/api/v1/audit/verify");
  if (status !== 200) throw new Error(text);
  return json as unknown as AuditVerification;
}

/** A page of records, newest first. */
export async function records(ratd: TestRatd, query = ""): Promise<readonly AuditRecord[]> {
  const { status, json, text } = await ratd.operate(`/api/v1/audit?limit=200${query}`);
  if (status !== 200) throw new Error(text);
  return json["records"] as readonly AuditRecord[];
}
