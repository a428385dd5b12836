import type { ChainedRecord } from "./audit-record.ts";

/** Told when a record is in the database. */
type Written = () => void;

/** Records that wait to be written, in the order of their chain. Bounded: what does not fit is refused. */
export class RecordQueue {
  readonly #limit: number;
  #waiting: { readonly record: ChainedRecord; readonly written: Written | undefined }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting.length;
  }

  get full(): boolean {
    return this.#waiting.length >= this.#limit;
  }

  add(record: ChainedRecord, written: Written | undefined): void {
    this.#waiting.push({ record, written });
  }

  /** The oldest records. They stay until they are known to be written. */
  oldest(count: number): readonly ChainedRecord[] {
    return this.#waiting.slice(0, count).map(({ record }) => record);
  }

  /** Takes out the oldest `count` records, which are written. */
  settle(count: number): void {
    const settled = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const { written } of settled) written?.();
  }
}
