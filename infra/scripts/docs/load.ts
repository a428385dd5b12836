import { format } from "prettier";

/** Loads a module of the repository that may not exist at compile time; its exports are unknown until checked. */
export async function loadModule(root: URL, path: string): Promise<Readonly<Record<string, unknown>>> {
  const loaded: unknown = await import(new URL(path, root).href);
  return record(loaded, path);
}

/** `value` as an object, or an error that names where it came from. */
export function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new Error(`${where} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

/** `value` as an object; an empty one when it is none. */
export function recordOrEmpty(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? record(value, "value") : {};
}

/** `value` as a list; an empty one when it is none. */
export function listOrEmpty(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** `value` as text; empty when it is none. */
export function textOrEmpty(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** TypeScript as the repository's formatter prints it, so that the format check agrees. */
export function formatTypeScript(source: string): Promise<string> {
  return format(source, { parser: "typescript", printWidth: 110 });
}
