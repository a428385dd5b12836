import { EnduringClient, inSchema, wordDatabaseError } from "@rat/plugin-postgres";

/** What a feed needs. */
export interface RevisionFeedDeps {
  readonly url: string;
  readonly schema: string;
  readonly connectTimeoutMs: number;
  /** Goes before each number; another one for other settings. */
  readonly prefix: string;
  /** A steady clock, milliseconds. */
  readonly now: () => number;
  readonly onRead: () => void;
  readonly onTrouble: (error: unknown) => void;
}

/** Time between two looks, milliseconds. With an answer of at most {@link FRESH_MS}, two signs of life lie within 500. */
const LOOK_MS = 200;
/** A slower answer is no sign of life: what it tells is too old to build on. */
const FRESH_MS = 250;
/** After this long without an answer the connection is given up. */
const ANSWER_MS = 1000;
/** Time between two dials, milliseconds, growing; the last one stays. */
const RETRY_MS = [100, 250, 500, 1000] as const;

/**
 * Follows the number of the last change of the grants on a connection of its own: by notification, and by looking
 * besides, since a notification may be lost with its connection. Falls silent while the database is away.
 */
export class RevisionFeed implements AsyncDisposable {
  readonly #deps: RevisionFeedDeps;
  readonly #watchers = new Set<(revision: string) => void>();
  readonly #closed = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #client: EnduringClient | undefined;
  #last: string | undefined;
  /** Set while there is a reason to look at once. */
  #due = false;
  #wake: () => void = () => undefined;

  constructor(deps: RevisionFeedDeps) {
    this.#deps = deps;
    void this.#follow();
  }

  /** Settles when the database was read for the first time, or could not be. */
  get first(): Promise<void> {
    return this.#first.promise;
  }

  /** Yields the revision at once and each time it was read; ends with the signal or the feed. */
  async *revisions(signal: AbortSignal): AsyncGenerator<string> {
    const ends = AbortSignal.any([signal, this.#closed.signal]);
    let news: string | undefined;
    let wake = Promise.withResolvers<void>();
    // Only the newest counts: a watcher that is slow must not be told of the past.
    const tell = (revision: string): void => {
      news = revision;
      wake.resolve();
    };
    const end = (): void => wake.resolve();
    this.#watchers.add(tell);
    ends.addEventListener("abort", end, { once: true });
    this.#lookNow();
    try {
      while (!ends.aborted) {
        await wake.promise;
        wake = Promise.withResolvers();
        if (news !== undefined) yield news;
        news = undefined;
      }
    } finally {
      this.#watchers.delete(tell);
      ends.removeEventListener("abort", end);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    this.#client?.cut();
    this.#lookNow();
    return Promise.resolve();
  }

  async #follow(): Promise<void> {
    let failures = 0;
    while (!this.#closed.signal.aborted) {
      const client = this.#open();
      this.#client = client;
      try {
        await client.connect();
        await client.query(`LISTEN ${client.escapeIdentifier(`${this.#deps.schema}_changed`)}`);
        while (!this.#closed.signal.aborted) {
          await this.#look(client);
          failures = 0;
          await this.#pause(LOOK_MS);
        }
      } catch (error) {
        if (!this.#closed.signal.aborted) this.#deps.onTrouble(wordDatabaseError(error));
      } finally {
        client.cut();
        this.#first.resolve();
      }
      if (!this.#closed.signal.aborted) await this.#pause(RETRY_MS[failures++] ?? RETRY_MS.at(-1) ?? 0);
    }
  }

  #open(): EnduringClient {
    const client = new EnduringClient({
      connectionString: this.#deps.url,
      application_name: "rat enforcement-plugin revisions",
      connectionTimeoutMillis: this.#deps.connectTimeoutMs,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    });
    client.on("notification", () => this.#lookNow());
    client.on("end", () => this.#lookNow());
    return client;
  }

  async #look(client: EnduringClient): Promise<void> {
    this.#due = false;
    const began = this.#deps.now();
    const { rows } = await client.query<{ value: string }>(
      inSchema(this.#deps.schema, "SELECT value::text FROM @schema.revision"),
    );
    const fresh = this.#deps.now() - began <= FRESH_MS;
    const revision = `${this.#deps.prefix}.${rows[0]?.value ?? "none"}`;
    if (fresh || revision !== this.#last) for (const tell of this.#watchers) tell(revision);
    this.#last = revision;
    this.#deps.onRead();
    this.#first.resolve();
  }

  #lookNow(): void {
    this.#due = true;
    this.#wake();
  }

  /** Waits, but no longer than until somebody wants a look. */
  async #pause(ms: number): Promise<void> {
    if (this.#due) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
    this.#wake = () => undefined;
  }
}
