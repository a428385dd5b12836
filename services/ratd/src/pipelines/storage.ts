import { systemCode, type RatError } from "../errors.ts";
import type { Database } from "../platform/database/database.ts";
import type { Schema } from "../schema/schema.ts";

/** Where pipelines, namespaces and triggers are kept. */
export interface Storage {
  readonly database: Database;
  readonly schema: Schema;
}

/** One page of rows: those after the given sort keys. */
export interface PageOfRows {
  readonly limit: number;
  readonly after: readonly string[] | undefined;
}

/** What PostgreSQL says about a statement that it refuses. */
const REFUSALS = { unique: "23505", foreignKey: "23503" } as const;

/** Runs a statement; a refusal of the kind given becomes the error of ours. */
export async function refusedAs<Result>(
  refusal: keyof typeof REFUSALS,
  error: RatError,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (reason) {
    if (systemCode(reason) === REFUSALS[refusal]) throw error;
    throw reason;
  }
}
