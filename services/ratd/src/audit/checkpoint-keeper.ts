import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { AuditFiles } from "./audit-files.ts";
import type { AuditStore } from "./audit-store.ts";
import { NO_HASH } from "./chain.ts";
import type { Checkpoint } from "./checkpoint.ts";

/** What a keeper writes to. */
export interface CheckpointKeeperDeps {
  readonly store: Pick<AuditStore, "addCheckpoint" | "checkpoints" | "last">;
  readonly files: AuditFiles;
  readonly writer: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Seals how far chains have come: first into the database, then into the file, so that the file never knows more. */
export class CheckpointKeeper {
  readonly #deps: CheckpointKeeperDeps;
  /** The seal before; undefined before it was looked up. */
  #previous: string | null | undefined;
  #opened = false;
  #predecessorsClosed = false;
  #sealed = 0;

  constructor(deps: CheckpointKeeperDeps) {
    this.#deps = deps;
  }

  /** The last record of this writer that a checkpoint covers. */
  get sealed(): number {
    return this.#sealed;
  }

  /** Seals that this chain begins. Before its first record: a chain that nobody opened is a forgery. */
  async open(): Promise<void> {
    if (this.#opened) return;
    await this.#seal(this.#deps.writer, { seq: 0, hash: NO_HASH }, false);
    this.#opened = true;
  }

  /** Seals how far this chain has come. */
  async seal(head: { readonly seq: number; readonly hash: string }, final = false): Promise<void> {
    await this.#seal(this.#deps.writer, head, final);
    this.#sealed = head.seq;
  }

  /**
   * Seals the end of chains of earlier starts that were killed before they could: from then on nothing can be cut off or
   * added there either. To be called when none of their statements can be under way any more.
   */
  async closePredecessors(): Promise<void> {
    if (this.#predecessorsClosed) return;
    const { store, files, writer } = this.#deps;
    const open = new Map<string, Checkpoint>();
    const ended = new Set<string>();
    for (const one of await store.checkpoints(files.key.id)) {
      if (!files.key.sealed(one) || one.writer === writer) continue;
      if (one.final) ended.add(one.writer);
      open.set(one.writer, one);
    }
    for (const [predecessor, last] of open) {
      if (ended.has(predecessor)) continue;
      const head = (await store.last(predecessor)) ?? { seq: 0, hash: NO_HASH };
      // What a checkpoint covers and is gone was not lost by the kill: that is for the verification to tell.
      if (head.seq >= last.seq) await this.#seal(predecessor, head, true);
    }
    this.#predecessorsClosed = true;
  }

  async #seal(
    writer: string,
    { seq, hash }: { readonly seq: number; readonly hash: string },
    final: boolean,
  ): Promise<void> {
    const { store, files, clock, logger } = this.#deps;
    this.#previous ??=
      (await store.checkpoints(files.key.id)).findLast((one) => files.key.sealed(one))?.seal ?? null;
    const at = new Date(clock.now()).toISOString();
    const checkpoint = files.key.seal({ writer, seq, hash, at, final, previous: this.#previous });
    await store.addCheckpoint(checkpoint);
    this.#previous = checkpoint.seal;
    try {
      await files.append(checkpoint);
    } catch (err) {
      logger.error({ err }, "a checkpoint of the audit log is in the database only: its file takes no more");
    }
  }
}
