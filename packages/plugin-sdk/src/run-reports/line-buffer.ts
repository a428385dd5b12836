import type { LogLine } from "../slots/executor/handlers.ts";

/** A line with its number. */
export type NumberedLine = LogLine & { readonly offset: number };

/** What a line costs beside its text, in bytes: an estimate of the object around it. */
const LINE_OVERHEAD = 64;

/** The lines of one run, numbered from 0. Beyond its limit the oldest go; those that stay keep their numbers. */
export class LineBuffer {
  readonly #limit: number;
  #lines: (NumberedLine | undefined)[] = [];
  /** Index in the array of the oldest line kept. */
  #head = 0;
  #next = 0;
  #bytes = 0;

  /** Keeps about `limit` bytes, and always the newest line. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of the oldest line kept; equal to `next` when there is none. */
  get first(): number {
    return this.#next - (this.#lines.length - this.#head);
  }

  /** Number that the next line gets. */
  get next(): number {
    return this.#next;
  }

  /** What is kept, in bytes, about. */
  get bytes(): number {
    return this.#bytes;
  }

  add(line: Omit<LogLine, "offset">): void {
    const numbered = { ...line, offset: this.#next };
    this.#lines.push(numbered);
    this.#next += 1;
    this.#bytes += sizeOf(numbered);
    while (this.#bytes > this.#limit && this.#lines.length - this.#head > 1) this.#dropOldest();
  }

  /** The line of that number; undefined when it is gone or not yet there. */
  at(offset: number): NumberedLine | undefined {
    return offset < this.first ? undefined : this.#lines[this.#head + offset - this.first];
  }

  /** Lines from `offset`, or from the oldest kept after it, within both limits; at least one when there is any. */
  batch(offset: number, maxLines: number, maxBytes: number): readonly NumberedLine[] {
    const lines: NumberedLine[] = [];
    let bytes = 0;
    for (let at = Math.max(offset, this.first); lines.length < maxLines; at += 1) {
      const line = this.at(at);
      if (line === undefined) break;
      bytes += sizeOf(line);
      if (bytes > maxBytes && lines.length > 0) break;
      lines.push(line);
    }
    return lines;
  }

  #dropOldest(): void {
    const oldest = this.#lines[this.#head];
    this.#lines[this.#head] = undefined;
    this.#head += 1;
    if (oldest !== undefined) this.#bytes -= sizeOf(oldest);
    // Moved to the front only now and then: shifting for each line would cost the length of the array.
    if (this.#head > 1024 && this.#head * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
  }
}

function sizeOf({ message }: LogLine): number {
  return Buffer.byteLength(message) + LINE_OVERHEAD;
}
