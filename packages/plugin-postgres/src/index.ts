export { wordDatabaseError } from "./database-error.ts";
export { Database, type DatabaseOptions, type Queryable } from "./database.ts";
export { EnduringClient } from "./enduring-client.ts";
export { inSchema } from "./in-schema.ts";
