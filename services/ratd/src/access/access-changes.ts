import { openDatabase, type DatabaseConnection } from "../platform/database/open-database.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/database.ts";
import { silentLogger } from "../platform/logger.ts";
import type { Bulletin } from "../replicas/bulletin.ts";
import type { Schema } from "../schema/schema.ts";
import type { FreshSource } from "./cache/freshness.ts";

const CHANNEL = "rat_access";
/** Time between two looks at the number of the last change, milliseconds. */
const LOOK_MS = 400;
/** Time between two attempts to tell the others of a change, milliseconds. */
const RETRY_MS = 100;
/** How long a change is told: nothing that is cached lives longer. */
const TELL_MS = 60_000;

/** What hearing of changes needs. */
export interface AccessChangesDeps {
  readonly connection: DatabaseConnection;
  readonly schema: Schema;
  readonly clock: Clock;
  readonly bulletin: Bulletin;
  readonly source: FreshSource;
  /** Identities and decisions from before this moment may be wrong. */
  readonly onChange: () => void;
}

/**
 * Changes of keys, grants and owners, told between replicas: a number in the database that rises with
 * each of them. A NOTIFY makes it quick; looking at the number makes it certain.
 */
export class AccessChanges implements AsyncDisposable {
  readonly #deps: AccessChangesDeps;
  /** Connections of its own: a busy pool must not make this ratd deaf. Undefined before the start. */
  #database: Database | undefined;
  #unsubscribe: () => void = () => undefined;
  #seen: string | undefined;
  #cancel: () => void = () => undefined;
  #closed = false;

  constructor(deps: AccessChangesDeps) {
    this.#deps = deps;
  }

  /** Begins to look, and to tell. */
  start(): void {
    const { connection, clock, bulletin, onChange } = this.#deps;
    // The pool of requests tells of outages.
    this.#database = openDatabase({ connection, logger: silentLogger, clock, maxConnections: 2 });
    this.#unsubscribe = bulletin.subscribe(CHANNEL, { onMessage: onChange, onGap: onChange });
    void this.#look();
  }

  /**
   * Something has changed, here: forgets at once, and tells the other replicas. Resolves when the database has it; when it
   * cannot be reached the others stop reusing anything by themselves, and are told later.
   */
  async changed(): Promise<void> {
    this.#deps.onChange();
    const until = this.#deps.clock.monotonic() + TELL_MS;
    if (!(await this.#tell())) this.#tellLater(until);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#cancel();
    this.#unsubscribe();
    await this.#database?.[Symbol.asyncDispose]();
  }

  async #tell(): Promise<boolean> {
    try {
      await this.#database?.query("UPDATE access_changes SET number = number + 1");
      this.#deps.bulletin.publish(CHANNEL, "changed");
      return true;
    } catch {
      return false;
    }
  }

  #tellLater(until: number): void {
    const { clock } = this.#deps;
    if (this.#closed || clock.monotonic() > until) return;
    clock.after(
      RETRY_MS,
      () => void this.#tell().then((told) => (told ? undefined : this.#tellLater(until))),
    );
  }

  async #look(): Promise<void> {
    const { clock, schema, source, onChange } = this.#deps;
    try {
      await schema.ready();
      const asOf = clock.monotonic();
      const rows = await this.#database?.query<{ number: string }>("SELECT number FROM access_changes");
      const number = rows?.[0]?.number;
      if (number !== this.#seen) onChange();
      this.#seen = number;
      source.heard(asOf);
    } catch {
      // The database is away: the source stays silent, and nothing is reused.
    }
    if (!this.#closed) this.#cancel = clock.after(LOOK_MS, () => void this.#look());
  }
}
