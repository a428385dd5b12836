import type { ExecutorEvent } from "./history.ts";

/** Reads the file of an executor: one JSON object a line. A line that a kill cut short is left out. */
export function parseExecutorEvents(text: string): readonly ExecutorEvent[] {
  return text.split("\n").flatMap((line) => {
    if (line === "") return [];
    try {
      return [JSON.parse(line) as ExecutorEvent];
    } catch {
      return [];
    }
  });
}
