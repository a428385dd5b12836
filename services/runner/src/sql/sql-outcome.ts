import type { JsonObject } from "@rat/plugin-sdk";

/** What a SQL job leaves in its result file. */
export interface SqlOutcome {
  /** Why it failed; undefined when it did not. */
  readonly error?: string;
  /** What the run answers: path, rows_written, columns, rows, truncated. */
  readonly result?: JsonObject;
}
