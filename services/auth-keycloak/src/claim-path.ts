/** The keys that lead to a claim, outermost first. */
export type ClaimPath = readonly string[];

/**
 * Reads a claim path of the settings: a list of keys as they stand, a JSON pointer ("/a/b"), a URL, which is one key, or keys with dots
 * between. `{client_id}` in a key stands for the client id, whatever characters that has.
 */
export function parseClaimPath(spec: string | readonly string[], clientId: string): ClaimPath {
  return keysOf(spec).map((key) => key.replaceAll("{client_id}", () => clientId));
}

/** What stands at a path; undefined where there is nothing. Only own properties count. */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: ClaimPath): unknown {
  let value: unknown = claims;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

function keysOf(spec: string | readonly string[]): readonly string[] {
  if (typeof spec !== "string") return spec;
  // Namespaced claims are URLs; the dots in them part no keys.
  if (spec.includes("://")) return [spec];
  if (!spec.startsWith("/")) return spec.split(".");
  return spec
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
