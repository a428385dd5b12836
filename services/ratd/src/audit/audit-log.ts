import type { ChainedRecord } from "./audit-record.ts";
import type { AuditFilter } from "./audit-filter.ts";
import type { AuditStore, ChainPlace, TimePlace } from "./audit-store.ts";
import { verifyLog, type Verification, type VerifiableLog } from "./verify-log.ts";

/** Records read at once for an export. */
const BATCH = 500;

/** What the log is read from. */
export interface AuditLogDeps extends Pick<VerifiableLog, "filed" | "key" | "head"> {
  readonly store: Pick<AuditStore, "newest" | "inChains" | "checkpoints">;
}

/** The audit log as operators read it. */
export class AuditLog {
  readonly #deps: AuditLogDeps;
  #verifying: Promise<Verification> | undefined;

  constructor(deps: AuditLogDeps) {
    this.#deps = deps;
  }

  /** Records, newest first. @throws RatError database_unavailable */
  list(filter: AuditFilter, after: TimePlace | undefined, limit: number): Promise<readonly ChainedRecord[]> {
    return this.#deps.store.newest(filter, after, limit);
  }

  /** All records that fit, chain after chain, a batch at a time. @throws RatError database_unavailable */
  async *export(filter: AuditFilter): AsyncGenerator<readonly ChainedRecord[]> {
    let after: ChainPlace | undefined;
    for (;;) {
      const batch = await this.#deps.store.inChains(filter, after, BATCH);
      yield batch;
      after = batch.at(-1);
      if (batch.length < BATCH) return;
    }
  }

  /** Looks at the whole log. Who asks while somebody's answer is on its way gets the same one. */
  verify(): Promise<Verification> {
    const { store, key, filed, head } = this.#deps;
    this.#verifying ??= verifyLog({
      records: (after, limit) => store.inChains({}, after, limit),
      checkpoints: () => store.checkpoints(),
      filed,
      key,
      head,
    }).finally(() => {
      this.#verifying = undefined;
    });
    return this.#verifying;
  }
}
