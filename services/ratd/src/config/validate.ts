import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { didYouMean } from "./problem.ts";
import { isDuration, parseDuration } from "./duration.ts";
import { ratYamlSchema, SLOT_NAMES, type DurationRange, type RatYaml } from "./schema.ts";
import { shownValue } from "./shown-value.ts";

/** A broken rule of the schema, in words. */
export interface SchemaProblem {
  readonly path: readonly string[];
  /** True when the key itself is at fault, not its value. */
  readonly atKey: boolean;
  readonly message: string;
}

// The schema is ours and a test checks it: to compile its meta-schema too takes a fifth of a start.
const ajv = new Ajv2020({
  allErrors: true,
  strict: false,
  verbose: true,
  meta: false,
  validateSchema: false,
});
ajv.addKeyword({
  keyword: "duration",
  type: "string",
  errors: true,
  validate: ([least, most]: DurationRange, text: string) => {
    // What has no form of a duration is told by the pattern.
    if (!isDuration(text)) return true;
    const ms = parseDuration(text);
    return ms >= parseDuration(least) && ms <= parseDuration(most);
  },
});
const check = ajv.compile<RatYaml>(ratYamlSchema);

/**
 * Checks a parsed rat.yaml against its schema. Either a typed value, or every problem. `raw` is the value before its
 * references were resolved: messages show what is written in the file, never a secret that it stands for.
 */
export function validateRatYaml(
  value: unknown,
  raw: unknown = value,
): { yaml: RatYaml } | { problems: readonly SchemaProblem[] } {
  if (check(value)) return { yaml: value };
  const seen = new Set<string>();
  const problems = (check.errors ?? [])
    .map((error) => toProblem(error, raw))
    .filter(({ path, message }) => {
      const id = `${path.join("/")} ${message}`;
      return !seen.has(id) && seen.add(id);
    });
  return { problems };
}

function toProblem(error: ErrorObject, raw: unknown): SchemaProblem {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const parent = error.parentSchema as SchemaNode | undefined;
  const shown = parent?.writeOnly === true ? "this value" : show(path, valueAt(raw, path));
  switch (error.keyword) {
    case "additionalProperties": {
      const key = String(error.params["additionalProperty"]);
      return { path: [...path, key], atKey: true, message: unknownKey(path, key, parent) };
    }
    case "required": {
      const key = String(error.params["missingProperty"]);
      return { path: [...path, key], atKey: true, message: `this key is required (in ${nameOf(path)})` };
    }
    case "enum": {
      const allowed = (error.params["allowedValues"] as unknown[]).map(String);
      const given = typeof error.data === "string" ? error.data : "";
      return {
        path,
        atKey: false,
        message: `${shown} is not allowed; allowed: ${allowed.join(", ")}${didYouMean(given, allowed)}`,
      };
    }
    case "type":
      return {
        path,
        atKey: false,
        message: `must be ${article(String(error.params["type"]))}, not ${shown}${hint(parent)}`,
      };
    case "duration":
      return { path, atKey: false, message: `${shown} is out of range${hint(parent)}` };
    case "pattern":
      return { path, atKey: false, message: `${shown} has the wrong form${hint(parent)}` };
    default:
      return { path, atKey: false, message: `${error.message ?? "is wrong"}${hint(parent)}` };
  }
}

interface SchemaNode {
  /** Marks secrets. */
  readonly writeOnly?: boolean;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

function unknownKey(path: readonly string[], key: string, parent: SchemaNode | undefined): string {
  const allowed = Object.keys(parent?.properties ?? {});
  if (path.length === 1 && path[0] === "plugins") {
    return `unknown slot; the slots are ${SLOT_NAMES.join(", ")}${didYouMean(key, allowed)}`;
  }
  if (allowed.length === 0) return "this name is not allowed; use lower-case letters, digits, - and _";
  return `unknown key; allowed: ${allowed.toSorted().join(", ")}${didYouMean(key, allowed)}`;
}

function hint(parent: SchemaNode | undefined): string {
  return parent?.description === undefined ? "" : `. ${parent.description}`;
}

function nameOf(path: readonly string[]): string {
  return path.length === 0 ? "the file" : path.join(".");
}

function article(type: string): string {
  const words: Record<string, string> = {
    object: "a mapping",
    array: "a list",
    string: "text",
    integer: "a whole number",
    boolean: "true or false",
  };
  return words[type] ?? `a ${type}`;
}

/** What stands at a path of a parsed file; undefined for nothing. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, key) => (typeof node === "object" && node !== null ? Reflect.get(node, key) : undefined),
    value,
  );
}

/** A value as it may appear in a message: short, and never a nested one. */
function show(path: readonly string[], value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const text = shownValue(path.join("."), value);
  return text.length > 60 ? `${text.slice(0, 57)}..."` : text;
}
