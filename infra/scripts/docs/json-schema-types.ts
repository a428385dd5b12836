import { listOrEmpty, recordOrEmpty, textOrEmpty } from "./load.ts";

/**
 * The TypeScript type that a JSON Schema (or an OpenAPI 3.0 schema) describes. Knows the keywords that TypeBox
 * and the routes use; anything else becomes `unknown`, which is safe.
 */
export function typeOf(schema: unknown): string {
  const keywords = recordOrEmpty(schema);
  const type = bareType(keywords);
  return keywords["nullable"] === true && type !== "null" ? `${type} | null` : type;
}

/** The name under which a `$ref` target is printed: `#/components/schemas/slot-list` becomes `SlotList`. */
export function referenceName(reference: string): string {
  const last = reference.split("/").at(-1) ?? reference;
  return last
    .split(/[^A-Za-z0-9]+/u)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

function bareType(schema: Readonly<Record<string, unknown>>): string {
  const reference = schema["$ref"];
  if (typeof reference === "string") return referenceName(reference);
  if ("const" in schema) return JSON.stringify(schema["const"]);
  if (Array.isArray(schema["enum"])) return union(schema["enum"].map((value) => JSON.stringify(value)));
  const choices = [...listOrEmpty(schema["anyOf"]), ...listOrEmpty(schema["oneOf"])];
  if (choices.length > 0) return union(choices.map(typeOf));
  const parts = listOrEmpty(schema["allOf"]);
  if (parts.length > 0) return parts.map((part) => `(${typeOf(part)})`).join(" & ");
  const types = schema["type"];
  if (Array.isArray(types)) return union(types.map((type) => ofType(type, schema)));
  return ofType(types ?? (schema["properties"] === undefined ? undefined : "object"), schema);
}

function ofType(type: unknown, schema: Readonly<Record<string, unknown>>): string {
  switch (type) {
    case "string":
    case "boolean":
    case "null":
      return type;
    case "number":
    case "integer":
      return "number";
    case "array":
      return `readonly (${typeOf(schema["items"])})[]`;
    case "object":
      return objectType(schema);
    default:
      return "unknown";
  }
}

function objectType(schema: Readonly<Record<string, unknown>>): string {
  const properties = Object.entries(recordOrEmpty(schema["properties"]));
  if (properties.length === 0) return `Readonly<Record<string, ${valueType(schema)}>>`;
  const required = new Set(listOrEmpty(schema["required"]));
  const members = properties.map(([key, value]) => {
    const comment = textOrEmpty(recordOrEmpty(value)["description"]).replaceAll("*/", "* /");
    const mark = required.has(key) ? "" : "?";
    return `${comment === "" ? "" : `/** ${comment} */\n`}readonly ${JSON.stringify(key)}${mark}: ${typeOf(value)};`;
  });
  return `{\n${members.join("\n")}\n}`;
}

/** The type behind any key of an object that names none of its keys. */
function valueType(schema: Readonly<Record<string, unknown>>): string {
  const patterns = Object.values(recordOrEmpty(schema["patternProperties"]));
  const rest = schema["additionalProperties"];
  const values = typeof rest === "object" && rest !== null ? [...patterns, rest] : patterns;
  return values.length === 0 ? "unknown" : union(values.map(typeOf));
}

/** Types side by side, each once. */
export function union(types: readonly string[]): string {
  return [...new Set(types)].join(" | ");
}
