import { Type, type TSchema, type TString, type TStringOptions } from "typebox";

/**
 * A text in a configuration schema that must never be shown: marked `writeOnly` in the JSON Schema, so that
 * forms hide it, and censored in the plugin's log. At least one character unless `minLength` says otherwise.
 */
export function secret(options: TStringOptions = {}): TString {
  return Type.String({ minLength: 1, ...options, writeOnly: true });
}

/** The property names that {@link secret} marks anywhere in a schema. */
export function secretNames(schema: TSchema | undefined): string[] {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === "object" && value !== null && "writeOnly" in value && value.writeOnly === true) {
        names.add(key);
      }
      visit(value);
    }
  };
  visit(schema);
  return [...names];
}
