import type { LogLine } from "../slots/executor/handlers.ts";

/** Longest line kept in one piece, characters; the rest becomes further lines. */
const MAX_LINE = 8192;

/** A line with its number. */
export type NumberedLine = LogLine & { readonly offset: number };

/** The lines of one run, numbered from 0: bounded in bytes, the oldest go first. */
export class LineBuffer {
  readonly #limit: number;
  #lines: NumberedLine[] = [];
  #size = 0;
  #next = 0;

  /** Keeps about `limit` bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of the line that comes next. */
  get next(): number {
    return this.#next;
  }

  add(level: LogLine["level"], message: string, timestamp: Date): void {
    const text = message.toWellFormed().replaceAll("\0", "");
    for (let from = 0; from === 0 || from < text.length; from += MAX_LINE) {
      const part = text.slice(from, from + MAX_LINE);
      this.#lines.push({ offset: this.#next++, timestamp, level, message: part });
      this.#size += sizeOf(part);
    }
    let spare = 0;
    while (this.#size > this.#limit && spare < this.#lines.length - 1) {
      this.#size -= sizeOf(this.#lines[spare++]?.message ?? "");
    }
    if (spare > 0) this.#lines = this.#lines.slice(spare);
  }

  /** At most `count` lines and about `bytes` bytes from `offset` on, or from the oldest kept. */
  from(offset: number, count: number, bytes: number): readonly NumberedLine[] {
    const first = this.#lines[0]?.offset ?? 0;
    const batch: NumberedLine[] = [];
    let size = 0;
    for (
      let index = Math.max(0, offset - first);
      index < this.#lines.length && batch.length < count;
      index++
    ) {
      const line = this.#lines[index];
      if (line === undefined || (size > 0 && size + sizeOf(line.message) > bytes)) break;
      size += sizeOf(line.message);
      batch.push(line);
    }
    return batch;
  }
}

/** Bytes that a line takes, roughly: text and what surrounds it. */
function sizeOf(message: string): number {
  return message.length + 64;
}
