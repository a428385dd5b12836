import { PluginError } from "@rat/plugin-sdk";

/** Ends a call with `invalid_argument`; the message names the field and the reason. */
export function refuse(field: string, reason: string): never {
  throw new PluginError("invalid_argument", `${field.slice(0, 200)}: ${reason}`);
}

/** A text without NUL, of at most so many bytes. @throws PluginError `invalid_argument`. */
export function requireText(field: string, value: unknown, maxBytes: number): string {
  if (typeof value !== "string") return refuse(field, "must be a text");
  if (value.includes("\0")) return refuse(field, "must not contain NUL");
  if (Buffer.byteLength(value) > maxBytes) return refuse(field, `must have at most ${maxBytes} bytes`);
  return value;
}

/** An object with no other keys than these. @throws PluginError `invalid_argument`. */
export function requireObject(
  field: string,
  value: unknown,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse(field, "must be an object");
  }
  const other = Object.keys(value).find((key) => !keys.includes(key));
  if (other !== undefined) refuse(`${field}.${other}`, `is not known; known are ${keys.join(", ")}`);
  return { ...value };
}

/** A list. @throws PluginError `invalid_argument`. */
export function requireList(field: string, value: unknown, maxItems: number): readonly unknown[] {
  if (!Array.isArray(value)) return refuse(field, "must be a list");
  if (value.length > maxItems) return refuse(field, `must have at most ${maxItems} items`);
  return value;
}

/** A whole number within bounds, or undefined when absent. @throws PluginError `invalid_argument`. */
export function optionalInteger(
  field: string,
  value: unknown,
  [least, most]: readonly [number, number],
): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    return refuse(field, `must be a whole number from ${least} to ${most}`);
  }
  return value;
}
