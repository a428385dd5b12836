/** Longest text in a record, characters. */
const MAX_TEXT = 512;
/** Largest details of a record, bytes of JSON. */
const MAX_DETAILS = 4096;
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const HIDDEN = "***";

/** What secrets look like, wherever they stand. */
const SECRETS: readonly RegExp[] = [
  /rat_[0-9a-f]{16}_[0-9a-f]+/gi,
  /rat_(?:hook|sign)_[\w-]+/g,
  /\b(?:bearer|basic)\s+[\w.~+/=-]+/gi,
  /\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // The password in a URL.
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
];

/** Members whose value is a secret by their name. */
const SECRET_NAME = /pass(?:word|phrase)?$|secret|token|authorization|credentials?$|private_?key|api_?key$/i;

/** A text for a record: secrets of known shapes hidden, control characters out, bounded. */
export function redactText(text: string, maxLength = MAX_TEXT): string {
  // First cut, so that the work is bounded too; a secret that is cut in two still has the shape of one.
  let clean = text.slice(0, maxLength * 4);
  for (const shape of SECRETS) clean = clean.replaceAll(shape, HIDDEN);
  return clean
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ")
    .slice(0, maxLength)
    .toWellFormed();
}

/** Details for a record: as `redactText`, members named as secrets hidden, and bounded as a whole. */
export function redactDetails(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const clean = redactMembers(details, 0);
  const bytes = Buffer.byteLength(JSON.stringify(clean));
  return bytes <= MAX_DETAILS ? clean : { left_out: `details of ${bytes} bytes` };
}

function redactMembers(value: object, depth: number): Record<string, unknown> {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .slice(0, MAX_ITEMS)
    .map(([name, member]) => [
      redactText(name, 64),
      SECRET_NAME.test(name) ? HIDDEN : redactValue(member, depth + 1),
    ]);
  return Object.fromEntries(members) as Record<string, unknown>;
}

function redactValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case "string":
      return redactText(value);
    case "number":
      return Number.isFinite(value) ? value : null;
    case "boolean":
      return value;
    case "object":
      if (value === null) return null;
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
      if (depth > MAX_DEPTH) return HIDDEN;
      return Array.isArray(value)
        ? value.slice(0, MAX_ITEMS).map((item) => redactValue(item, depth + 1))
        : redactMembers(value, depth);
    case "bigint":
      return String(value);
    case "undefined":
    case "function":
    case "symbol":
      return null;
  }
}
