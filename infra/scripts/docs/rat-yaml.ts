import { generatedNotice, markdownTable, type Generator } from "./generator.ts";
import { listOrEmpty, loadModule, record, recordOrEmpty, textOrEmpty } from "./load.ts";

const SOURCE = "services/ratd/src/config/schema.ts";

type Schema = Readonly<Record<string, unknown>>;

/** The configuration file: its JSON Schema for editors, and a page of every key. */
export const ratYaml: Generator = {
  source: SOURCE,
  async generate(root) {
    const { ratYamlSchema } = await loadModule(root, SOURCE);
    // Through JSON, so that what a schema library keeps beside the schema is left behind.
    const schema = record(JSON.parse(JSON.stringify(ratYamlSchema ?? null)), `ratYamlSchema of ${SOURCE}`);
    const published = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: "rat.yaml",
      ...schema,
    };
    return [
      { path: "docs/reference/rat.schema.json", content: `${JSON.stringify(published, null, 2)}\n` },
      { path: "docs/reference/rat-yaml.md", content: page(schema) },
    ];
  },
};

function page(schema: Schema): string {
  return `${[
    generatedNotice(SOURCE),
    "",
    "# rat.yaml",
    "",
    textOrEmpty(schema["description"]) || "The configuration of ratd.",
    "",
    "An unknown key is an error that names line and column. Editors complete and check the file with",
    "`# yaml-language-server: $schema=<path>/docs/reference/rat.schema.json` as its first line.",
    "",
    markdownTable(["Key", "Type", "Default", "Meaning"], keyRows("", schema)),
  ].join("\n")}\n`;
}

interface Key {
  readonly path: string;
  readonly value: Schema;
  readonly required: boolean;
}

/** One row per key; `*` stands for each of several keys of one shape, `<name>` for a key that the user chooses. */
function keyRows(prefix: string, schema: Schema): readonly (readonly string[])[] {
  const required = new Set(listOrEmpty(schema["required"]));
  const named = Object.entries(recordOrEmpty(schema["properties"])).map(([key, value]) => ({
    path: `${prefix}${key}`,
    value: recordOrEmpty(value),
    required: required.has(key),
  }));
  const free = [
    ...Object.values(recordOrEmpty(schema["patternProperties"])),
    schema["additionalProperties"],
  ].flatMap((value) => {
    const keywords = recordOrEmpty(value);
    if (Object.keys(keywords).length === 0) return [];
    return [{ path: `${prefix}<name>`, value: keywords, required: false }];
  });
  return groups([...named, ...free]).flatMap((keys) => {
    const [first] = keys;
    if (first === undefined) return [];
    const row = [
      keys.map((key) => `\`${key.path}\``).join(", "),
      typeWords(first.value),
      defaultWords(first.value, first.required),
      textOrEmpty(first.value["description"]),
    ];
    return [row, ...nestedRows(keys.length === 1 ? first.path : `${prefix}*`, first.value)];
  });
}

/** Keys of one and the same nested shape together, so that five slots are described once; other keys alone. */
function groups(keys: readonly Key[]): readonly (readonly Key[])[] {
  const shapes = Map.groupBy(keys, (key) =>
    key.value["properties"] === undefined ? key.path : JSON.stringify([key.value, key.required]),
  );
  return [...shapes.values()];
}

function nestedRows(path: string, schema: Schema): readonly (readonly string[])[] {
  if (schema["type"] === "array") return keyRows(`${path}[].`, recordOrEmpty(schema["items"]));
  const choices = [...listOrEmpty(schema["anyOf"]), ...listOrEmpty(schema["oneOf"])].map(recordOrEmpty);
  return [schema, ...choices].flatMap((choice) => keyRows(`${path}.`, choice));
}

function defaultWords(schema: Schema, required: boolean): string {
  if (schema["default"] !== undefined) return `\`${JSON.stringify(schema["default"])}\``;
  return required ? "required" : "";
}

function typeWords(schema: Schema): string {
  const values = listOrEmpty(schema["enum"]);
  if (values.length > 0) return values.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if ("const" in schema) return `\`${JSON.stringify(schema["const"])}\``;
  const choices = [...listOrEmpty(schema["anyOf"]), ...listOrEmpty(schema["oneOf"])].map(recordOrEmpty);
  if (choices.length > 0) return [...new Set(choices.map(typeWords))].join(" or ");
  const type = listOrEmpty(schema["type"]).join(" or ") || textOrEmpty(schema["type"]) || "object";
  if (type === "array") return `list of ${typeWords(recordOrEmpty(schema["items"]))}`;
  return `${type}${limits(schema)}`;
}

function limits(schema: Schema): string {
  const low = schema["minimum"] ?? schema["exclusiveMinimum"];
  const high = schema["maximum"] ?? schema["exclusiveMaximum"];
  const pattern = textOrEmpty(schema["pattern"]);
  const range = low === undefined && high === undefined ? "" : ` ${bound(low)}..${bound(high)}`;
  return `${range}${pattern === "" ? "" : ` \`${pattern}\``}`;
}

function bound(value: unknown): string {
  return typeof value === "number" ? String(value) : "";
}
