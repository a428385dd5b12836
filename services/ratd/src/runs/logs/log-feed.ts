import type { LogLine, LogStore } from "./log-store.ts";

/** Lines of a feed that are kept in memory for its readers. */
const KEPT = 2000;
/** Lines read from the database at a time. */
const PAGE = 1000;

/**
 * The live output of one attempt for all who follow it: new lines are read once and handed to everybody. A reader that
 * is further behind than the kept lines reads the database by itself.
 */
export class LogFeed {
  readonly #store: Pick<LogStore, "read">;
  readonly #run: string;
  readonly #attempt: number;
  readonly #wakeUps = new Set<() => void>();
  #kept: readonly LogLine[] = [];
  #next: number | undefined;
  #reading = false;
  #again = false;

  constructor(store: Pick<LogStore, "read">, run: string, attempt: number) {
    this.#store = store;
    this.#run = run;
    this.#attempt = attempt;
  }

  /** New lines may be there. */
  wake(): void {
    this.#again = true;
    if (!this.#reading) void this.#read();
  }

  /** Calls `listener` when there is something new, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#wakeUps.add(listener);
    return () => this.#wakeUps.delete(listener);
  }

  get readers(): number {
    return this.#wakeUps.size;
  }

  /** Lines from `offset` on; empty when there are none yet. */
  async lines(offset: number): Promise<readonly LogLine[]> {
    const first = this.#kept[0]?.offset;
    if (this.#next !== undefined && offset >= this.#next) return [];
    if (first !== undefined && offset >= first) return this.#kept.filter((line) => line.offset >= offset);
    const page = await this.#store.read(this.#run, this.#attempt, offset, PAGE);
    // The first reader to arrive at the end sets where the feed goes on, with the news that came while it read.
    if (page.lines.length < PAGE && this.#next === undefined) {
      this.#next = page.next;
      if (this.#again) this.wake();
    }
    return page.lines;
  }

  async #read(): Promise<void> {
    this.#reading = true;
    while (this.#again && this.#next !== undefined) {
      this.#again = false;
      try {
        const { lines, next } = await this.#store.read(this.#run, this.#attempt, this.#next, PAGE);
        // Others may have come meanwhile.
        if (lines.length === 0) continue;
        this.#kept = [...this.#kept, ...lines].slice(-KEPT);
        this.#next = next;
        this.#again ||= lines.length === PAGE;
      } catch {
        // The database is away; the next word of it wakes the feed again.
        break;
      }
    }
    this.#reading = false;
    for (const wakeUp of this.#wakeUps) wakeUp();
  }
}
