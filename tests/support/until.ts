import { setTimeout } from "node:timers/promises";

const POLL_MS = 10;

/**
 * Waits until `condition` gives something truthy and returns that. What the condition throws counts as "not yet";
 * the last of it is the cause of the final error.
 */
export async function until<Result>(
  condition: () => Result | Promise<Result>,
  options: { readonly timeoutMs?: number; readonly what?: string } = {},
): Promise<NonNullable<Result>> {
  const timeoutMs = options.timeoutMs ?? 5_000;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const result = await condition();
      if (result) return result;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`${options.what ?? "The condition"} did not come true within ${timeoutMs} ms.`, {
        cause,
      });
    }
    await setTimeout(POLL_MS);
  }
}
