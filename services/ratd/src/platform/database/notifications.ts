import type { ClientConfig } from "pg";
import type { Clock } from "../clock.ts";
import { DatabaseClient } from "./database-client.ts";
import type { DatabaseConnection } from "./open-database.ts";

/** Time between two dials, milliseconds, growing; the last one stays. */
const RETRY_MS = [100, 250, 500, 1000, 2000] as const;
/** A connection without traffic is asked so often, and given so long to answer: a half-open one is seen so. */
const PING_MS = 10_000;
const ANSWER_MS = 5000;
/** Messages of one channel that are collected before they are sent, milliseconds. */
const SEND_PACE_MS = 5;

/** What a listener hears. */
export interface NotificationListener {
  readonly onMessage: (payload: string) => void;
  /** The connection was away: messages may be missing. Called at each (re)connection. */
  readonly onGap: () => void;
}

/**
 * LISTEN and NOTIFY on a connection of their own, for hints between the ratd of one database. Nothing rests on them:
 * what was missed is found by polling. A message to oneself is not delivered.
 */
export class Notifications implements AsyncDisposable {
  readonly #connection: ClientConfig;
  readonly #channel: string;
  readonly #clock: Clock;
  readonly #self: string;
  readonly #listener: NotificationListener;
  readonly #pending = new Set<string>();
  #client: DatabaseClient | undefined;
  #failures = 0;
  #closed = false;
  #cancelTimer: () => void = () => undefined;
  #cancelSend: (() => void) | undefined;
  /** The last statement sent: one at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    deps: {
      readonly connection: DatabaseConnection;
      readonly channel: string;
      readonly clock: Clock;
      /** Names this ratd, without spaces. */
      readonly self: string;
    },
    listener: NotificationListener,
  ) {
    this.#connection =
      typeof deps.connection === "string" ? { connectionString: deps.connection } : deps.connection;
    this.#channel = deps.channel;
    this.#clock = deps.clock;
    this.#self = deps.self;
    this.#listener = listener;
    void this.#dial();
  }

  /** Sends a short message to the other listeners, soon; the same message is sent once. Dropped while away. */
  send(payload: string): void {
    this.#pending.add(payload);
    this.#cancelSend ??= this.#clock.after(SEND_PACE_MS, () => {
      this.#cancelSend = undefined;
      void this.#flush();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    this.#cancelSend?.();
    this.#client?.destroy();
    await Promise.resolve();
  }

  async #flush(): Promise<void> {
    const payloads = [...this.#pending].map((payload) => `${this.#self} ${payload}`);
    this.#pending.clear();
    await this.#query("SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message", [
      this.#channel,
      payloads,
    ]).catch(() => undefined);
  }

  #query(text: string, values: readonly unknown[]): Promise<unknown> {
    const sent = this.#last.then(() => this.#client?.query(text, [...values]));
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  async #dial(): Promise<void> {
    const client = new DatabaseClient({
      application_name: "ratd notifications",
      ...this.#connection,
      keepAlive: true,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
    });
    const lost = () => {
      if (this.#client !== client && this.#client !== undefined) return;
      this.#client = undefined;
      client.destroy();
      this.#retry();
    };
    client.once("end", lost);
    client.on("notification", ({ payload = "" }) => {
      const space = payload.indexOf(" ");
      if (payload.slice(0, space) !== this.#self) this.#listener.onMessage(payload.slice(space + 1));
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(this.#channel)}`);
      if (this.#closed) return client.destroy();
      this.#client = client;
      this.#failures = 0;
      this.#listener.onGap();
      this.#ping(client, lost);
    } catch {
      client.removeListener("end", lost);
      client.destroy();
      this.#retry();
    }
  }

  /** Behind a silent network a dead connection looks like a quiet one. */
  #ping(client: DatabaseClient, lost: () => void): void {
    this.#cancelTimer = this.#clock.after(PING_MS, () => {
      this.#query("SELECT 1", []).then(() => {
        if (this.#client === client && !this.#closed) this.#ping(client, lost);
      }, lost);
    });
  }

  #retry(): void {
    if (this.#closed) return;
    this.#cancelTimer();
    const delay = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] ?? 2000;
    this.#cancelTimer = this.#clock.after(delay, () => void this.#dial());
  }
}
