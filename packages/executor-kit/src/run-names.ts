import { createHash } from "node:crypto";

/**
 * The name of everything that the engine holds of a run. Derived from the run id alone, so that the engine itself
 * refuses to make the container of a run twice, whoever asks.
 */
export function engineNameOf(instance: string, runId: string): string {
  const digest = createHash("sha256").update(runId).digest("hex").slice(0, 40);
  return `rat-${instance}-${digest}`;
}
