import type { Clock } from "../platform/clock.ts";
import type { ConfiguredPlugins } from "./configured-plugins.ts";

/** Least wait for what is asked at the start, milliseconds. */
const FIRST_ANSWER_MS = 3000;

/** Waits for the first answers, but no longer than one check may take: what hangs delays the start no more. */
export async function firstChecks(
  plugins: ConfiguredPlugins,
  others: readonly Promise<unknown>[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { promise: limit, resolve } = Promise.withResolvers<void>();
  const timeouts = plugins.list().map(({ entry }) => entry.target.health.timeoutMs);
  const cancel = clock.after(Math.max(FIRST_ANSWER_MS, ...timeouts), resolve);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await Promise.race([Promise.all([...others, plugins.checkNow()]), limit]);
  cancel();
}
