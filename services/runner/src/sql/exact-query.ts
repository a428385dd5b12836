import { DuckDBTypeId, type DuckDBType } from "@duckdb/node-api";
import { replaced } from "./nested-types.ts";
import { identifier, quoted } from "./quoted.ts";
import type { Query, QueryColumn } from "./statements.ts";

/** Types that the writer of Parquet would turn into another one that loses something, and what holds their values. */
const REPLACED: Partial<Record<DuckDBTypeId, string>> = {
  // Would be written as DOUBLE.
  [DuckDBTypeId.HUGEINT]: "DECIMAL(38, 0)",
  [DuckDBTypeId.UHUGEINT]: "DECIMAL(38, 0)",
  // Would lose its offset.
  [DuckDBTypeId.TIME_TZ]: "VARCHAR",
  // Would lose microseconds and signs.
  [DuckDBTypeId.INTERVAL]: "VARCHAR",
  // Would become texts, or other things than they were.
  [DuckDBTypeId.BIGNUM]: "VARCHAR",
  [DuckDBTypeId.BIT]: "VARCHAR",
  [DuckDBTypeId.UNION]: "VARCHAR",
  [DuckDBTypeId.VARIANT]: "VARCHAR",
  [DuckDBTypeId.GEOMETRY]: "VARCHAR",
};

/** Of those, what is cast without being asked, because a value that would change ends the run. */
const CAST_BY_ITSELF: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.HUGEINT]: "DECIMAL(38, 0)",
  [DuckDBTypeId.UHUGEINT]: "DECIMAL(38, 0)",
  // The writer does this too, but not for infinity.
  [DuckDBTypeId.TIMESTAMP_S]: "TIMESTAMP",
};

/**
 * The query with columns that a Parquet file holds exactly.
 *
 * @throws Error that names the column for which there is no such type, and what to cast it to
 */
export function exactQuery({ text, columns }: Query): string {
  const refused = columns.flatMap(refusalOf);
  if (refused.length > 0) throw new Error(refused.join("; "));
  const from = `FROM (\n${text}\n)`;
  if (!columns.some(({ type }) => type.typeId in CAST_BY_ITSELF)) return from;
  // By alias: two columns may have the same name.
  const aliases = columns.map((_, at) => `c${at}`);
  const selected = columns.map((column, at) => `${valueOf(column, `c${at}`)} AS ${identifier(column.name)}`);
  return `SELECT ${selected.join(", ")} ${from} AS q(${aliases.join(", ")})`;
}

function refusalOf({ name, type }: QueryColumn): readonly string[] {
  if (type.typeId in CAST_BY_ITSELF) return [];
  const exact = replaced(type, (leaf: DuckDBType) => REPLACED[leaf.typeId]);
  if (exact === undefined) return [];
  const column = identifier(name);
  return [
    `column ${column}: a Parquet file cannot hold ${String(type)} exactly; use CAST(${column} AS ${exact})`,
  ];
}

function valueOf({ name, type }: QueryColumn, alias: string): string {
  const exact = CAST_BY_ITSELF[type.typeId];
  if (exact === undefined) return alias;
  const problem =
    `column ${identifier(name)}: a value of type ${String(type)} is outside ${exact}; ` +
    `use CAST(${identifier(name)} AS VARCHAR), or AS DOUBLE where 15 digits will do`;
  const cast = `TRY_CAST(${alias} AS ${exact})`;
  return `CASE WHEN ${alias} IS NOT NULL AND ${cast} IS NULL THEN error(${quoted(problem)}) ELSE ${cast} END`;
}
