import { RatError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { AuditEntry, Auditor } from "./audit.ts";
import type { ChainedRecord } from "./audit-record.ts";
import type { AuditStore } from "./audit-store.ts";
import { chainRecord, NO_HASH } from "./chain.ts";
import type { CheckpointKeeper } from "./checkpoint-keeper.ts";
import { composeRecord } from "./compose-record.ts";
import { RecordQueue } from "./record-queue.ts";

/** Longest wait for the record of a critical action, milliseconds: the promise of the port. */
const DEMAND_MS = 2000;
/** Records that may wait for the database; some kibibytes each at worst. */
const MAX_WAITING = 10_000;
/** Records of one statement. */
const BATCH = 500;
const RETRY_MS = 250;
/** A checkpoint after so many records, and after so long when there are new ones. */
const CHECKPOINT_RECORDS = 1000;
const CHECKPOINT_MS = 60_000;
/** Longest wait at the end, milliseconds. */
const CLOSE_PATIENCE_MS = 3000;

/** What the auditor needs. */
export interface PostgresAuditorDeps {
  readonly store: Pick<AuditStore, "append">;
  readonly checkpoints: CheckpointKeeper;
  /** Names this start of this ratd. */
  readonly writer: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "auditEvents" | "auditLost">;
  /** Told of each record that is in the database, in order. */
  readonly onWritten: (record: ChainedRecord) => void;
  /** Default 10,000. */
  readonly maxWaiting?: number;
}

/**
 * The audit log of this process. A record gets its place and hash when it is taken, waits in one queue, and is written
 * with those around it. What the database may or may not have taken is written once more, in the same place: the chain never
 * forks, and nothing is in it twice.
 */
export class PostgresAuditor implements Auditor, AsyncDisposable {
  readonly #deps: PostgresAuditorDeps;
  readonly #queue: RecordQueue;
  /** Where the next record goes. */
  #seq = 0;
  #hash = NO_HASH;
  #at = 0;
  /** What is known to be in the database. */
  #written = { seq: 0, hash: NO_HASH };
  #lost = 0;
  #checkpointDue = false;
  #working: Promise<void> | undefined;
  #failing = false;
  #closing = false;
  #cancelTimer: () => void;
  #wake: () => void = () => undefined;

  constructor(deps: PostgresAuditorDeps) {
    this.#deps = deps;
    this.#queue = new RecordQueue(deps.maxWaiting ?? MAX_WAITING);
    this.#cancelTimer = this.#plan();
  }

  record(entry: AuditEntry): void {
    if (this.#take(entry, undefined)) return;
    this.#lost += 1;
    this.#deps.metrics.auditLost.inc();
    this.#deps.logger.info({ audit: true, lost: true, ...entry }, "audit");
  }

  demand(entry: AuditEntry): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (!this.#take(entry, resolve)) return Promise.reject(unavailable());
    const cancel = this.#deps.clock.after(DEMAND_MS, () => reject(unavailable()));
    return promise.finally(cancel);
  }

  /** The chain as far as it is known to be in the database, and the last record that was made. */
  head(): { readonly writer: string; readonly seq: number; readonly hash: string; readonly newest: number } {
    return { writer: this.#deps.writer, ...this.#written, newest: this.#seq };
  }

  /** Writes what waits and seals the chain, if the database lets it within three seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#cancelTimer();
    this.#checkpointDue = true;
    this.#wake();
    const { promise: patience, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(CLOSE_PATIENCE_MS, resolve);
    // What is under way may be past the point at which it would seal the end.
    const finished = Promise.resolve(this.#working).then(() => this.#start());
    await Promise.race([finished, patience]);
    cancel();
    const { size } = this.#queue;
    if (size > 0) this.#deps.logger.error({ lost: size }, "audit records are in the log of ratd only");
  }

  /** Gives an entry its place; false when there is none left. */
  #take(entry: AuditEntry, written: (() => void) | undefined): boolean {
    if (this.#closing || this.#queue.full) return false;
    if (this.#lost > 0) {
      const count = this.#lost;
      this.#lost = 0;
      this.#add(
        { action: "audit.lost", result: "ok", actor: "ratd", authMode: "none", details: { count } },
        undefined,
      );
    }
    this.#add(entry, written);
    void this.#start();
    return true;
  }

  #add(entry: AuditEntry, written: (() => void) | undefined): void {
    const { writer, clock, metrics, logger } = this.#deps;
    // A clock that is set back does not turn the order around.
    this.#at = Math.max(this.#at, clock.now());
    this.#seq += 1;
    const place = { writer, seq: this.#seq, at: new Date(this.#at).toISOString() };
    const record = composeRecord(entry, place);
    const chained = chainRecord(this.#hash, record);
    this.#hash = chained.hash;
    this.#queue.add(chained, written);
    metrics.auditEvents.inc({ action: entry.action });
    logger.info({ audit: true, ...record }, "audit");
  }

  #start(): Promise<void> {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      // What came in between.
      if (this.#queue.size > 0 && !this.#closing) void this.#start();
    });
    return this.#working;
  }

  async #work(): Promise<void> {
    const { logger } = this.#deps;
    // Not at once: what the same turn of the event loop brings goes along.
    await Promise.resolve();
    while (this.#queue.size > 0) {
      try {
        await this.#writeSome();
        if (this.#failing) logger.info({ waiting: this.#queue.size }, "the audit log is written again");
        this.#failing = false;
      } catch (err) {
        const waiting = this.#queue.size;
        if (!this.#failing) logger.error({ err, waiting }, "the audit log cannot be written; records wait");
        this.#failing = true;
        if (this.#closing) return;
        await this.#pause();
      }
    }
    if (this.#checkpointDue) await this.#checkpoint();
  }

  async #writeSome(): Promise<void> {
    const { store, checkpoints, onWritten } = this.#deps;
    await checkpoints.open();
    const records = this.#queue.oldest(BATCH);
    await store.append(records);
    const last = records.at(-1);
    if (last === undefined) return;
    this.#written = { seq: last.seq, hash: last.hash };
    this.#queue.settle(records.length);
    for (const record of records) onWritten(record);
    if (last.seq - checkpoints.sealed >= CHECKPOINT_RECORDS) await this.#checkpoint();
  }

  async #checkpoint(): Promise<void> {
    const { checkpoints, logger } = this.#deps;
    this.#checkpointDue = false;
    try {
      await checkpoints.open();
      if (this.#written.seq > checkpoints.sealed || this.#closing) {
        await checkpoints.seal(this.#written, this.#closing && this.#queue.size === 0);
      }
      if (!this.#closing) await checkpoints.closePredecessors();
    } catch (err) {
      logger.warn({ err }, "no checkpoint of the audit log was made; the next one covers the same");
    }
  }

  /** Makes checkpoints from time to time; the first one comes when no statement of a killed predecessor runs any more. */
  #plan(): () => void {
    return this.#deps.clock.after(CHECKPOINT_MS, () => {
      this.#checkpointDue = true;
      void this.#start();
      if (!this.#closing) this.#cancelTimer = this.#plan();
    });
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(RETRY_MS, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

function unavailable(): RatError {
  return new RatError("audit_unavailable", "The audit log takes no record now, so nothing was done.", {
    retryAfterSeconds: 1,
  });
}
