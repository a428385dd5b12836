import type { ChainedRecord } from "./audit-record.ts";
import { hasOwnHash, NO_HASH } from "./chain.ts";
import type { CheckpointFacts } from "./checkpoint.ts";

/** What is wrong with a log, in one word. */
export const AUDIT_PROBLEMS = [
  "edited",
  "removed",
  "unlinked",
  "cut",
  "forged",
  "checkpoint_forged",
  "checkpoint_removed",
] as const;
export type AuditProblemKind = (typeof AUDIT_PROBLEMS)[number];

/** Something wrong, and where it begins. */
export interface AuditProblem {
  readonly writer: string;
  /** The first bad row, or the first that is missing. */
  readonly seq: number;
  readonly kind: AuditProblemKind;
  readonly detail: string;
}

/** What a chain must agree with: where it stood at a time. */
export type ChainMark = Pick<CheckpointFacts, "seq" | "hash" | "final">;

/** Walks along one chain, record by record, and finds its first bad row. */
export class ChainWalk {
  readonly writer: string;
  readonly #marks = new Map<number, ChainMark[]>();
  readonly #opened: boolean;
  readonly #furthest: number;
  readonly #end: number | undefined;
  #seq = 0;
  #hash = NO_HASH;
  /** The last record that a mark vouches for. */
  #vouched = 0;
  #problem: AuditProblem | undefined;

  constructor(writer: string, marks: readonly ChainMark[]) {
    this.writer = writer;
    this.#opened = marks.length > 0;
    this.#furthest = Math.max(0, ...marks.map(({ seq }) => seq));
    this.#end = marks.find(({ final }) => final)?.seq;
    for (const mark of marks) this.#marks.set(mark.seq, [...(this.#marks.get(mark.seq) ?? []), mark]);
  }

  /** The next record as it was read. */
  step(record: ChainedRecord): void {
    this.#problem ??= this.#look(record);
    this.#seq = record.seq;
    this.#hash = record.hash;
  }

  /** The first problem, when all records were read. `newest` is the last record that the writer, this process, has made. */
  end(newest = Infinity): AuditProblem | undefined {
    if (this.#problem !== undefined) return this.#problem;
    if (!this.#opened) return this.#bad(1, "forged", "no checkpoint opens this chain");
    if (this.#seq < this.#furthest) {
      return this.#bad(
        this.#seq + 1,
        "cut",
        `records ${this.#seq + 1} to ${this.#furthest} are missing at the end`,
      );
    }
    if (this.#seq > newest) return this.#bad(newest + 1, "forged", "its writer has not written this record");
    return undefined;
  }

  #look(record: ChainedRecord): AuditProblem | undefined {
    const { seq, hash, previous_hash: previous } = record;
    const next = this.#seq + 1;
    if (seq > next) {
      return this.#bad(next, "removed", `records ${next} to ${seq - 1} are missing`);
    }
    if (seq < next) return this.#bad(seq, "unlinked", "there is another record in this place");
    if (!hasOwnHash(record)) {
      return this.#bad(seq, "edited", "the record does not have its hash");
    }
    if (previous !== this.#hash)
      return this.#bad(seq, "unlinked", "the record does not follow the one before it");
    if (this.#end !== undefined && seq > this.#end) {
      return this.#bad(seq, "forged", `the chain ended with record ${this.#end}`);
    }
    for (const mark of this.#marks.get(seq) ?? []) {
      if (mark.hash !== hash) {
        const first = this.#vouched + 1;
        const which = first === seq ? `record ${seq}` : `one of the records ${first} to ${seq}`;
        return this.#bad(first, "forged", `${which} is not the one that the checkpoint covers`);
      }
      this.#vouched = seq;
    }
    return undefined;
  }

  #bad(seq: number, kind: AuditProblemKind, detail: string): AuditProblem {
    return { writer: this.writer, seq, kind, detail };
  }
}
