import { StatementType, type DuckDBConnection } from "@duckdb/node-api";
import { splitStatements } from "./split-statements.ts";

/** What statements before the last one may be: they prepare the query, inside the engine's memory. */
const PREPARING: ReadonlySet<StatementType> = new Set([
  StatementType.SELECT,
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.MERGE_INTO,
  StatementType.CREATE,
  StatementType.CREATE_FUNC,
  StatementType.DROP,
  StatementType.ALTER,
  StatementType.SET,
  StatementType.VARIABLE_SET,
]);

/** Runs all statements but the last, and answers the text of that: it must be a query. @throws Error. */
export async function runUpToQuery(connection: DuckDBConnection, sql: string): Promise<string> {
  const pieces = splitStatements(sql);
  const query = pieces.at(-1);
  if (query === undefined) throw new Error("The SQL holds no statement.");
  for (const piece of pieces.slice(0, -1)) {
    await eachStatement(connection, piece, PREPARING, "before the query", true);
  }
  const count = await eachStatement(connection, query, QUERY, "as the last statement", false);
  if (count !== 1) throw new Error("The last statement must be one query.");
  return query;
}

const QUERY: ReadonlySet<StatementType> = new Set([StatementType.SELECT]);

async function eachStatement(
  connection: DuckDBConnection,
  sql: string,
  allowed: ReadonlySet<StatementType>,
  where: string,
  run: boolean,
): Promise<number> {
  const statements = await connection.extractStatements(sql);
  for (let index = 0; index < statements.count; index += 1) {
    const prepared = await statements.prepare(index);
    try {
      const type = prepared.statementType;
      if (!allowed.has(type)) throw new Error(`${StatementType[type] ?? "This"} is not allowed ${where}.`);
      if (run) await prepared.run();
    } finally {
      prepared.destroySync();
    }
  }
  return statements.count;
}
