import { RatError } from "../../errors.ts";
import type { Database } from "./database.ts";

/** A database that is never there: for what is built only to be described. */
export const unavailableDatabase: Database = {
  query: () => Promise.reject(unavailable()),
  transaction: () => Promise.reject(unavailable()),
  status: () => ({ state: "down", message: "there is none", since: 0 }),
  onChange: () => () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

function unavailable(): RatError {
  return new RatError("database_unavailable", "There is no database.", { retryAfterSeconds: 1 });
}
