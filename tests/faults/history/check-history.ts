import { checkExecutor, readExecutions } from "./executor-rules.ts";
import type { History } from "./history.ts";
import { checkRequests } from "./request-rules.ts";
import { checkTables } from "./table-rules.ts";
import type { Violation } from "./violation.ts";

/** Judges a history: answers every promise that it breaks. */
export function checkHistory(history: History): readonly Violation[] {
  const executions = readExecutions(history.executor);
  return [
    ...checkRequests(history),
    ...checkExecutor(history.executor, executions),
    ...checkTables(history, executions),
  ];
}
