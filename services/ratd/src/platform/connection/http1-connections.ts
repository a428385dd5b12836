import type { Client } from "undici";
import { Http1Connection, type Http1Target } from "./http1-connection.ts";

/** Connections to one address at once; further calls wait for a free one, under their deadline. */
const MAX_CONNECTIONS = 128;

/** One who wants a connection. Exactly one of the two is called, unless it was told to {@link Http1Connections.forget}. */
export interface Waiter {
  use(connection: Http1Connection): void;
  fail(error: Error): void;
}

/** The connections were closed before the call had one. */
class ConnectionsClosedError extends Error {
  override readonly name = "ConnectionsClosedError";
  readonly code = "ECONNABORTED";
}

/**
 * The connections to one address. Idle ones are kept, as many as were ever busy at once: under load each falls idle
 * between two calls, and a new one costs more. The one used last is used next, so that the others can end.
 */
export class Http1Connections {
  readonly #target: Http1Target;
  readonly #all = new Set<Http1Connection>();
  readonly #idle: Http1Connection[] = [];
  readonly #waiting = new Set<Waiter>();
  #clientClass: typeof Client | undefined;
  #closed = false;

  constructor(target: Http1Target) {
    this.#target = target;
  }

  /** Gives the waiter a connection as soon as there is a free one. */
  acquire(waiter: Waiter): void {
    const idle = this.#idle.pop();
    if (idle !== undefined) waiter.use(idle);
    else if (this.#closed)
      waiter.fail(new ConnectionsClosedError("the connections to the plugin were closed"));
    else if (this.#clientClass !== undefined && this.#all.size < MAX_CONNECTIONS) {
      waiter.use(this.#add(this.#clientClass));
    } else {
      this.#waiting.add(waiter);
      if (this.#clientClass === undefined && this.#waiting.size === 1) void this.#load();
    }
  }

  /** The waiter gives up. */
  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }

  /** Takes a connection back after its call. */
  release(connection: Http1Connection): void {
    if (!this.#all.has(connection)) return;
    const next = this.#next();
    if (next === undefined) this.#idle.push(connection);
    else next.use(connection);
  }

  /** Ends a connection whose call was given up: an answer may still come on it, which nobody must take for another's. */
  discard(connection: Http1Connection): void {
    if (!this.#all.delete(connection)) return;
    connection.destroy();
    const next = this.#next();
    if (next !== undefined) this.acquire(next);
  }

  /** Ends every connection and fails every call, those that wait too. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#all) connection.destroy();
    this.#all.clear();
    this.#idle.length = 0;
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.acquire(next);
  }

  #add(clientClass: typeof Client): Http1Connection {
    const connection = new Http1Connection(this.#target, clientClass);
    this.#all.add(connection);
    return connection;
  }

  #next(): Waiter | undefined {
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter);
      return waiter;
    }
    return undefined;
  }

  /** Loads the HTTP client with the first call: it would take a fifth of the time that a start takes without plugins. */
  async #load(): Promise<void> {
    ({ Client: this.#clientClass } = await import("undici"));
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const waiter of waiting) this.acquire(waiter);
  }
}
