import type { ProcessInfo } from "@rat/processes";
import { listProcesses } from "./proc.ts";
import { processesOf, type RunMark } from "./run-processes.ts";
import type { ProcessLimits } from "./isolation.ts";

/** A run that is watched. */
export interface Watched {
  readonly mark: RunMark;
  readonly limits: Pick<ProcessLimits, "memoryMb" | "pids">;
  /** Processes among them that are the runner's own: they do not count. */
  readonly own: number;
  /** It has passed a limit, in words. */
  readonly onExceeded: (reason: string) => void;
}

const INTERVAL_MS = 150;
const MEBIBYTE = 1024 * 1024;

/** Looks again and again at what runs use, and tells those that use too much. */
export class Watch implements Disposable {
  readonly #runs = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  /** Watches a run until the answer is called. */
  add(run: Watched): () => void {
    this.#runs.add(run);
    this.#timer ??= setInterval(() => this.#look(), INTERVAL_MS).unref();
    return () => {
      this.#runs.delete(run);
      if (this.#runs.size === 0) this[Symbol.dispose]();
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const all = listProcesses();
    for (const run of this.#runs) {
      const reason = exceeded(run, all);
      if (reason !== undefined) run.onExceeded(reason);
    }
  }
}

/** Which limit a run has passed; undefined when none. */
export function exceeded(
  { mark, limits, own: ours }: Watched,
  all: readonly ProcessInfo[],
): string | undefined {
  const own = processesOf(mark, all);
  const threads = own.reduce((sum, info) => sum + info.threads, 0);
  if (threads - ours > limits.pids) return `killed: more than ${limits.pids} processes`;
  const bytes = own.reduce((sum, { rss }) => sum + rss, 0);
  return bytes > limits.memoryMb * MEBIBYTE
    ? `killed: more than ${limits.memoryMb} MiB of memory`
    : undefined;
}
