import { StatementType, type DuckDBConnection, type DuckDBType } from "@duckdb/node-api";
import { splitStatements, wordsOf } from "./split-statements.ts";

/** The query whose rows are the result. */
export interface Query {
  readonly text: string;
  readonly columns: readonly QueryColumn[];
}

/** A column of a query, before anything is written. */
export interface QueryColumn {
  readonly name: string;
  readonly type: DuckDBType;
}

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

/** Statements of type SET that are no setting of the engine, or one that stays open. */
const OPEN_SETTING = /^(USE|(SET|RESET) ((SESSION|GLOBAL) )?(VARIABLE|SCHEMA|SEARCH_PATH))\b/;

/**
 * Runs all statements but the last, and answers that: it must be a query.
 *
 * @throws Error that says which statement is not allowed, or what the engine said
 */
export async function runUpToQuery(connection: DuckDBConnection, sql: string): Promise<Query> {
  const pieces = splitStatements(sql);
  const text = pieces.at(-1);
  if (text === undefined) throw new Error("The SQL holds no statement.");
  for (const piece of pieces.slice(0, -1)) {
    const statements = await connection.extractStatements(piece);
    for (let index = 0; index < statements.count; index += 1) {
      await runPreparing(await statements.prepare(index), piece);
    }
  }
  return queryOf(connection, text);
}

type Statements = Awaited<ReturnType<DuckDBConnection["extractStatements"]>>;
type Prepared = Awaited<ReturnType<Statements["prepare"]>>;

async function runPreparing(prepared: Prepared, text: string): Promise<void> {
  try {
    const words = wordsOf(text);
    if (!PREPARING.has(prepared.statementType)) throw notAllowed(words, "before the query");
    if (prepared.statementType === StatementType.SET && !OPEN_SETTING.test(words)) {
      throw new Error(
        `${words.split(" ", 2).join(" ")} is not allowed: the settings of the engine are locked. ` +
          "In the spec, time_zone sets the time zone, and limits set memory_mb and threads; " +
          "SET VARIABLE, SET search_path and USE are allowed.",
      );
    }
    await prepared.run();
  } finally {
    prepared.destroySync();
  }
}

async function queryOf(connection: DuckDBConnection, text: string): Promise<Query> {
  const words = wordsOf(text);
  const statements = await connection.extractStatements(text);
  const last = statements.count - 1;
  // PIVOT is several: the engine looks first which columns there will be.
  for (let index = 0; index < last; index += 1) {
    if (!/^(PIVOT|WITH|FROM|SELECT)\b/.test(words)) throw notAllowed(words, "as the last statement");
    await runPreparing(await statements.prepare(index), text);
  }
  const prepared = await statements.prepare(last);
  try {
    // The engine takes PRAGMA for a query, but not inside of one.
    if (prepared.statementType !== StatementType.SELECT || words.startsWith("PRAGMA")) {
      throw notAllowed(words, "as the last statement");
    }
    if (prepared.parameterCount > 0) {
      throw new Error(
        `The query has the parameter ${prepared.parameterName(1)}, to which nobody gives a value: ` +
          "write the value, or SET VARIABLE and getvariable().",
      );
    }
    const columns = Array.from({ length: prepared.columnCount }, (_, at) => ({
      name: prepared.columnName(at),
      type: prepared.columnType(at),
    }));
    return { text, columns };
  } finally {
    prepared.destroySync();
  }
}

function notAllowed(words: string, where: string): Error {
  return new Error(`${words.split(" ", 1)[0]} is not allowed ${where}; the last statement must be a query.`);
}
