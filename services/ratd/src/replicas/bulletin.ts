import type { ClientConfig } from "pg";
import type { Clock } from "../platform/clock.ts";
import { DatabaseClient } from "../platform/database/database-client.ts";
import type { DatabaseConnection } from "../platform/database/open-database.ts";

/** Time between two dials, milliseconds, growing; the last one stays. */
const RETRY_MS = [100, 250, 500, 1000, 2000] as const;
/** A connection without traffic is asked so often, and given so long to answer: a half-open one is seen so. */
const PING_MS = 10_000;
const ANSWER_MS = 5000;
/** Messages that are collected before they are sent, milliseconds. */
const SEND_PACE_MS = 5;

/** What a reader of a channel hears. */
export interface BulletinReader {
  readonly onMessage: (payload: string) => void;
  /** The channel was not heard: messages may be missing. Called each time that it is heard (again). */
  readonly onGap: () => void;
}

/**
 * Short hints between replicas, by LISTEN and NOTIFY: one connection, many channels. Nothing rests on
 * them: what was missed is found by polling. A message to oneself is not delivered. The connection is dialled with the
 * first reader, and anew with growing pauses whenever it is lost.
 */
export class Bulletin implements AsyncDisposable {
  readonly #connection: ClientConfig;
  readonly #clock: Clock;
  readonly #self: string;
  readonly #channels = new Map<string, Set<BulletinReader>>();
  /** Messages that wait to be sent, each once. */
  readonly #pending = new Map<string, Set<string>>();
  /** The only connection, from its dial to its loss. */
  #current: DatabaseClient | undefined;
  /** The same, while it listens to all channels. */
  #client: DatabaseClient | undefined;
  #dialled = false;
  #failures = 0;
  #closed = false;
  #cancelTimer: () => void = () => undefined;
  #cancelSend: (() => void) | undefined;
  /** The last statement sent: one at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: {
    readonly connection: DatabaseConnection;
    readonly clock: Clock;
    /** Names this replica, without spaces. */
    readonly self: string;
  }) {
    this.#connection =
      typeof deps.connection === "string" ? { connectionString: deps.connection } : deps.connection;
    this.#clock = deps.clock;
    this.#self = deps.self;
  }

  /** Reads a channel until the answer is called. */
  subscribe(channel: string, reader: BulletinReader): () => void {
    const readers = this.#channels.get(channel);
    if (readers === undefined) this.#channels.set(channel, new Set([reader]));
    else readers.add(reader);
    if (!this.#dialled && !this.#closed) {
      this.#dialled = true;
      void this.#dial();
    } else if (this.#client !== undefined) void this.#listen(channel, reader);
    return () => this.#unsubscribe(channel, reader);
  }

  /** Sends a short message to the others, soon; the same message is sent once. Dropped while away. */
  publish(channel: string, payload: string): void {
    const waiting = this.#pending.get(channel);
    if (waiting === undefined) this.#pending.set(channel, new Set([payload]));
    else waiting.add(payload);
    this.#cancelSend ??= this.#clock.after(SEND_PACE_MS, () => {
      this.#cancelSend = undefined;
      void this.#flush();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    this.#cancelSend?.();
    this.#current?.destroy();
    await Promise.resolve();
  }

  async #flush(): Promise<void> {
    const messages = [...this.#pending].flatMap(([channel, payloads]) =>
      [...payloads].map((payload) => ({ channel, text: `${this.#self} ${payload}` })),
    );
    this.#pending.clear();
    await this.#query(
      "SELECT pg_notify(channel, text) FROM unnest($1::text[], $2::text[]) AS message (channel, text)",
      [messages.map(({ channel }) => channel), messages.map(({ text }) => text)],
    ).catch(() => undefined);
  }

  #query(text: string, values: readonly unknown[]): Promise<unknown> {
    const sent = this.#last.then(() => this.#client?.query(text, [...values]));
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  /** Adds a channel to a connection that stands. Listening twice is listening once. */
  async #listen(channel: string, reader: BulletinReader): Promise<void> {
    const client = this.#client;
    try {
      await this.#query(`LISTEN ${quoted(channel)}`, []);
    } catch {
      // Deaf to this channel it is of no use: the next connection begins with all of them.
      if (client !== undefined) this.#lost(client);
      return;
    }
    // A connection that came meanwhile has told already.
    if (this.#client === client && this.#channels.get(channel)?.has(reader) === true) reader.onGap();
  }

  #unsubscribe(channel: string, reader: BulletinReader): void {
    const readers = this.#channels.get(channel);
    if (readers?.delete(reader) !== true || readers.size > 0) return;
    this.#channels.delete(channel);
    if (this.#client === undefined || this.#closed) return;
    // Read again meanwhile, it stays.
    this.#last = this.#last.then(() =>
      this.#channels.has(channel)
        ? undefined
        : this.#client?.query(`UNLISTEN ${quoted(channel)}`).catch(() => undefined),
    );
  }

  async #dial(): Promise<void> {
    const client = new DatabaseClient({
      application_name: "ratd notifications",
      ...this.#connection,
      keepAlive: true,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
    });
    this.#current = client;
    client.once("end", () => this.#lost(client));
    client.on("notification", ({ channel, payload = "" }) => this.#deliver(channel, payload));
    try {
      await client.connect();
      // Channels that come while this goes on are visited too.
      for (const channel of this.#channels.keys()) await client.query(`LISTEN ${quoted(channel)}`);
      if (this.#closed || this.#current !== client) return client.destroy();
      this.#client = client;
      this.#failures = 0;
      for (const readers of this.#channels.values()) for (const { onGap } of readers) onGap();
      this.#ping(client);
    } catch {
      this.#lost(client);
    }
  }

  #deliver(channel: string, payload: string): void {
    const space = payload.indexOf(" ");
    if (payload.slice(0, space) === this.#self) return;
    for (const { onMessage } of this.#channels.get(channel) ?? []) onMessage(payload.slice(space + 1));
  }

  /** Behind a silent network a dead connection looks like a quiet one. */
  #ping(client: DatabaseClient): void {
    this.#cancelTimer = this.#clock.after(PING_MS, () => {
      this.#query("SELECT 1", []).then(
        () => {
          if (this.#client === client && !this.#closed) this.#ping(client);
        },
        () => this.#lost(client),
      );
    });
  }

  #lost(client: DatabaseClient): void {
    // Told twice, by the connection and by whoever used it, it is dialled once.
    if (this.#current !== client) return;
    this.#current = undefined;
    this.#client = undefined;
    client.destroy();
    if (this.#closed) return;
    this.#cancelTimer();
    const delay = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] ?? 2000;
    this.#cancelTimer = this.#clock.after(delay, () => void this.#dial());
  }
}

/** Channels are names of ratd's own, but a quote in one must not end it. */
function quoted(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`;
}
