import type { LogLine } from "@rat/plugin-sdk";

/** The longest line kept in one piece, in characters. */
const MAX_LINE = 8192;

/** The output of one run: a bounded list of lines that readers can follow. */
export class LogBuffer {
  readonly #limit: number;
  readonly #now: () => Date;
  #lines: LogLine[] = [];
  /** How many lines were dropped from the front. */
  #dropped = 0;
  #size = 0;
  #ended = false;
  #wake = Promise.withResolvers<void>();

  /** Keeps about `limit` characters; the oldest lines go first. */
  constructor(limit: number, now: () => Date) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Adds one line; a very long one is cut into several. */
  add(level: LogLine["level"], text: string): void {
    for (let from = 0; from === 0 || from < text.length; from += MAX_LINE) {
      const message = text.slice(from, from + MAX_LINE);
      this.#lines.push({ timestamp: this.#now(), level, message });
      this.#size += message.length + 1;
    }
    let spare = 0;
    while (this.#size > this.#limit && spare < this.#lines.length - 1) {
      this.#size -= (this.#lines[spare]?.message.length ?? 0) + 1;
      spare += 1;
    }
    if (spare > 0) this.#lines = this.#lines.slice(spare);
    this.#dropped += spare;
    this.#notify();
  }

  /** Says that nothing will follow. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** Yields the lines from `offset`, or the oldest kept; with `follow` until the end or the signal. */
  async *read(follow: boolean, offset: number, signal: AbortSignal): AsyncGenerator<LogLine> {
    let next = offset;
    const stop = Promise.withResolvers<void>();
    const onAbort = (): void => stop.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) {
        // A slow reader may find that lines it had not read are gone; it goes on with the oldest kept.
        next = Math.max(next, this.#dropped);
        const line = this.#lines[next - this.#dropped];
        if (line !== undefined) {
          yield { ...line, offset: next };
          next += 1;
        } else if (!follow || this.#ended) {
          return;
        } else {
          await Promise.race([this.#wake.promise, stop.promise]);
        }
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #notify(): void {
    const waiting = this.#wake;
    this.#wake = Promise.withResolvers();
    waiting.resolve();
  }
}
