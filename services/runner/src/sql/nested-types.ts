import {
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
} from "@duckdb/node-api";
import { identifier } from "./quoted.ts";

/**
 * The type, as SQL, that remains when `leaf` replaces what is inside lists, arrays, structs and maps; undefined when
 * nothing is replaced.
 */
export function replaced(
  type: DuckDBType,
  leaf: (type: DuckDBType) => string | undefined,
): string | undefined {
  const inner = (one: DuckDBType): string | undefined => replaced(one, leaf);
  if (type instanceof DuckDBListType) return suffixed(inner(type.valueType), "[]");
  if (type instanceof DuckDBArrayType) return suffixed(inner(type.valueType), `[${type.length}]`);
  if (type instanceof DuckDBMapType) {
    const [key, value] = [inner(type.keyType), inner(type.valueType)];
    if (key === undefined && value === undefined) return undefined;
    return `MAP(${key ?? String(type.keyType)}, ${value ?? String(type.valueType)})`;
  }
  if (!(type instanceof DuckDBStructType)) return leaf(type);
  const fields = type.entryTypes.map(inner);
  // A file gives names to fields that have none: then it is another struct.
  if (fields.every((field) => field === undefined) && !type.entryNames.includes("")) return undefined;
  const named = fields.map((field, at) => {
    const name = type.entryNames[at] || `field${at + 1}`;
    return `${identifier(name)} ${field ?? String(type.entryTypes[at])}`;
  });
  return `STRUCT(${named.join(", ")})`;
}

function suffixed(type: string | undefined, suffix: string): string | undefined {
  return type === undefined ? undefined : `${type}${suffix}`;
}
