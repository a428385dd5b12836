import { TokenRefusal } from "./token-refusal.ts";

/**
 * Parses a part of a token. A key that stands twice in one object is refused (RFC 7519, 4): parsers differ on which
 * of them counts, and so would those who trust the token.
 *
 * @throws TokenRefusal that names the part and repeats nothing of it.
 */
export function parseJsonObject(bytes: Uint8Array, part: string): Readonly<Record<string, unknown>> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new TokenRefusal(`the token's ${part} is not JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TokenRefusal(`the token's ${part} is not a JSON object`);
  }
  if (repeatsKey(text)) throw new TokenRefusal(`the token's ${part} says something twice`);
  return value as Readonly<Record<string, unknown>>;
}

/** True when an object of a valid JSON text has one key twice. */
function repeatsKey(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, key] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (key !== undefined) {
      const name: unknown = JSON.parse(key);
      const keys = open.at(-1);
      if (typeof name !== "string" || keys === undefined || keys.has(name)) return true;
      keys.add(name);
    }
  }
  return false;
}
