/** One difference; a side that lacks the value has null. */
export interface Change {
  /** JSON pointer. */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What turns one JSON value into another: the smallest parts that differ, in the order of their paths. */
export function diffJson(from: unknown, to: unknown, path = ""): readonly Change[] {
  if (isTree(from) && isTree(to) && Array.isArray(from) === Array.isArray(to)) {
    const before = new Map(Object.entries(from));
    const after = new Map(Object.entries(to));
    return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) =>
      diffJson(before.get(key), after.get(key), `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`),
    );
  }
  return Object.is(from, to) ? [] : [{ path, from: from ?? null, to: to ?? null }];
}

function isTree(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
