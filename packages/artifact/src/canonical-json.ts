/** A value that has no canonical form. `path` says where in it, as in `$.rows[2].size`. */
export class CanonicalJsonError extends Error {
  override readonly name = "CanonicalJsonError";
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`${path} ${problem}`);
    this.path = path;
  }
}

/**
 * The one text of a value, for what is hashed or signed: equal values have equal texts, whatever the order of their
 * members. It is the JSON of RFC 8785: no blanks, members in the order of their UTF-16 code units, numbers and texts as
 * ECMAScript writes them. Takes plain data alone and drops nothing silently.
 *
 * @throws CanonicalJsonError for NaN, infinities, undefined, lone surrogates, cycles, and what JSON has no word for
 */
export function canonicalJson(value: unknown): string {
  return write(value, { path: "$", within: new Set() });
}

/** Where the writer is. */
interface Place {
  readonly path: string;
  /** The objects and lists around it, by which a cycle is known. */
  readonly within: Set<object>;
}

function write(value: unknown, place: Place): string {
  switch (typeof value) {
    case "string":
      return writeText(value, place.path);
    case "number":
      if (!Number.isFinite(value))
        throw new CanonicalJsonError(place.path, `is ${value}, not a finite number`);
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : writeObject(value, place);
    case "bigint":
    case "function":
    case "symbol":
    case "undefined":
      throw new CanonicalJsonError(place.path, `is ${typeof value}, which JSON does not have`);
  }
}

function writeText(text: string, path: string): string {
  // Written as an escape it would look well-formed, and others would hash other bytes.
  if (!text.isWellFormed()) throw new CanonicalJsonError(path, "holds half of a surrogate pair");
  return JSON.stringify(text);
}

function writeObject(value: object, { path, within }: Place): string {
  if (within.has(value)) throw new CanonicalJsonError(path, "contains itself");
  within.add(value);
  const text = Array.isArray(value) ? writeList(value, path, within) : writeMembers(value, path, within);
  // What stands in two places is no cycle.
  within.delete(value);
  return text;
}

function writeList(list: readonly unknown[], path: string, within: Set<object>): string {
  // Not map, which passes over holes.
  const items = Array.from(list, (item, at) => write(item, { path: `${path}[${at}]`, within }));
  return `[${items.join()}]`;
}

function writeMembers(value: object, path: string, within: Set<object>): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new CanonicalJsonError(path, "is neither a plain object nor a list");
  }
  const members = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => {
      const key = writeText(name, `${path}.${name}`);
      return `${key}:${write(member, { path: `${path}.${name}`, within })}`;
    });
  return `{${members.join()}}`;
}
