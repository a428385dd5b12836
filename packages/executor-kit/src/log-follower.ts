import { setTimeout as pause } from "node:timers/promises";
import type { Engine } from "./engine.ts";
import type { LogLines } from "./log-lines.ts";

/** How long to wait before the engine is asked again, in milliseconds. */
const RETRY_MS = 500;

/** How long a stream may stay open after the end of its container, in milliseconds. */
const CLOSE_MS = 1000;

/** The run whose log is followed. */
export interface FollowedRun {
  readonly containerId: string;
  /** True once the container has ended: what is read from then on is all there is. */
  over(): boolean;
  /** Settles with the end of the container. */
  readonly ended: Promise<unknown>;
}

/**
 * Gives every piece of a container's output to `lines`, once, across lost connections and restarts of the engine.
 * Settles when the container has ended and all was read.
 */
export async function followLog(
  engine: Engine,
  run: FollowedRun,
  lines: LogLines,
  signal: AbortSignal,
): Promise<void> {
  let seen = 0;
  while (!signal.aborted) {
    // Only a read that began after the end proves that nothing is missing.
    const last = run.over();
    const read = new AbortController();
    if (!last) void run.ended.then(() => setTimeout(() => read.abort(), CLOSE_MS).unref());
    try {
      let skip = seen;
      const pieces = engine.logs(run.containerId, !last, AbortSignal.any([signal, read.signal]));
      for await (const piece of pieces) {
        if (skip > 0) {
          skip -= 1;
          continue;
        }
        seen += 1;
        lines.add(piece);
      }
      // Once the limit is reached the engine may have dropped the oldest, and counting again would be wrong.
      if (last || (lines.full && run.over())) break;
    } catch {
      if (last || (lines.full && run.over())) break;
    }
    await Promise.race([run.ended, pause(RETRY_MS, undefined, { signal }).catch(() => undefined)]);
  }
  // Who was told to stop has not seen the end.
  if (!signal.aborted) lines.end();
}
