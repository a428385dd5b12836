import type { Metrics } from "../../platform/metrics.ts";
import type { RunMessages } from "../run-messages.ts";
import { LogFeed } from "./log-feed.ts";
import type { LogBatch, LogLine, LogPage, LogStore } from "./log-store.ts";

/** What the output of runs needs. */
export interface RunLogsDeps {
  readonly store: LogStore;
  readonly metrics: Pick<Metrics, "runLogBytes" | "runLogSubscribers">;
  readonly messages: Pick<RunMessages, "tell">;
}

/** One reader of a live output. */
export interface LogReader extends Disposable {
  /** Lines from `offset` on; empty when there are none yet. */
  lines(offset: number): Promise<readonly LogLine[]>;
}

/** The output of runs: taken in, read, and followed live. */
export class RunLogs {
  readonly #deps: RunLogsDeps;
  readonly #feeds = new Map<string, LogFeed>();
  #readers = 0;

  constructor(deps: RunLogsDeps) {
    this.#deps = deps;
  }

  /** Takes lines in; `stale` when the epoch is not that of the run. */
  async append(batch: LogBatch): Promise<number | "stale"> {
    if (batch.lines.length === 0) return batch.first;
    const next = await this.#deps.store.append(batch);
    if (next === "stale") return next;
    this.#deps.metrics.runLogBytes.inc(batch.lines.reduce((sum, { message }) => sum + message.length, 0));
    this.#feeds.get(key(batch.run, batch.attempt))?.wake();
    this.#deps.messages.tell("logs", batch.run);
    return next;
  }

  read(run: string, attempt: number, offset: number, limit: number): Promise<LogPage> {
    return this.#deps.store.read(run, attempt, offset, limit);
  }

  /** Follows the output of an attempt; `onNews` is called when there may be more. */
  follow(run: string, attempt: number, onNews: () => void): LogReader {
    const name = key(run, attempt);
    const feed = this.#feeds.get(name) ?? new LogFeed(this.#deps.store, run, attempt);
    this.#feeds.set(name, feed);
    const leave = feed.subscribe(onNews);
    this.#deps.metrics.runLogSubscribers.set(++this.#readers);
    let left = false;
    return {
      lines: (offset) => feed.lines(offset),
      [Symbol.dispose]: () => {
        if (left) return;
        left = true;
        leave();
        this.#deps.metrics.runLogSubscribers.set(--this.#readers);
        if (feed.readers === 0) this.#feeds.delete(name);
      },
    };
  }

  /** Another replica took in output of this run, or it may have: all followed ones look. */
  wake(run?: string): void {
    for (const [name, feed] of this.#feeds) {
      if (run === undefined || name.startsWith(`${run}.`)) feed.wake();
    }
  }
}

function key(run: string, attempt: number): string {
  return `${run}.${attempt}`;
}
