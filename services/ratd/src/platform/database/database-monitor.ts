import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import type { DatabaseStatus } from "./database.ts";

// A silent database is asked so often; an outage is noticed that late at worst, plus the limit of one query.
const QUIET_MS = 3_000;
// While it is down: soon after the failure, then once a second.
const RETRY_MS = [100, 250, 500, 1_000] as const;

/** Knows whether the database answers: from the queries that run anyway, and from a ping when none do. */
export class DatabaseMonitor {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #ping: () => Promise<void>;
  readonly #listeners = new Set<(status: DatabaseStatus) => void>();
  #status: DatabaseStatus;
  #lastSuccess = 0;
  #failures = 0;
  #pinging = false;
  #stopped = false;
  #cancel: () => void = () => undefined;

  /** `ping` runs a trivial query; how it ends must be told through `succeeded` and `failed`. */
  constructor(deps: { readonly clock: Clock; readonly logger: Logger; readonly ping: () => Promise<void> }) {
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#ping = deps.ping;
    this.#status = { state: "down", message: "Not connected yet.", since: deps.clock.now() };
  }

  status(): DatabaseStatus {
    return this.#status;
  }

  onChange(listener: (status: DatabaseStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts pinging, at once. */
  start(): void {
    this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** A query was answered. */
  succeeded(): void {
    this.#lastSuccess = this.#clock.monotonic();
    this.#failures = 0;
    if (this.#status.state === "down") this.#change("healthy", "The database answers.");
  }

  /** A query failed since the database is away. */
  failed(message: string): void {
    if (this.#status.state === "healthy") this.#change("down", message);
    else this.#status = { ...this.#status, message };
    this.suspect();
  }

  /** Something smells: ask soon. */
  suspect(): void {
    if (!this.#pinging) this.#schedule(RETRY_MS[0]);
  }

  #change(state: DatabaseStatus["state"], message: string): void {
    if (this.#stopped) return;
    this.#status = { state, message, since: this.#clock.now() };
    if (state === "down") this.#logger.error({ reason: message }, "The database is down.");
    else this.#logger.info("The database answers.");
    for (const listener of this.#listeners) listener(this.#status);
  }

  #schedule(ms: number): void {
    this.#cancel();
    if (!this.#stopped) this.#cancel = this.#clock.after(ms, () => this.#run());
  }

  #run(): void {
    const quietFor = this.#clock.monotonic() - this.#lastSuccess;
    if (this.#status.state === "healthy" && this.#failures === 0 && quietFor < RETRY_MS[0]) {
      this.#schedule(QUIET_MS);
      return;
    }
    this.#pinging = true;
    void this.#ping()
      .catch(() => undefined)
      .then(() => {
        this.#pinging = false;
        if (this.#status.state === "healthy") return this.#schedule(QUIET_MS);
        this.#schedule(RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? QUIET_MS);
        this.#failures += 1;
      });
  }
}
