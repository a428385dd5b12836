import { isMap, isNode, isScalar, LineCounter, parseDocument, visit, type Document } from "yaml";
import { inexactness } from "./exact-numbers.ts";
import type { ConfigProblem } from "./problem.ts";

const MAX_ALIASES = 100;

/** A parsed YAML file that knows where each of its values stands. */
export interface YamlDocument {
  /** The plain value. `{}` for an empty file. */
  readonly value: unknown;
  /** Line and column of a value, or of a key (`atKey`), by path. */
  positionOf(path: readonly string[], atKey?: boolean): { line: number; column: number };
  readonly problems: readonly ConfigProblem[];
}

/** Parses YAML strictly: duplicate keys, unknown tags and too many aliases are problems. */
export function parseYaml(text: string, source: string): YamlDocument {
  const lines = new LineCounter();
  // Keys are compared below: the parser compares each with each, which stops a running ratd for as long as that takes.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, strict: true, merge: true });
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const findings = [
    ...[...document.errors, ...document.warnings].map(({ pos, message }) => ({ at: pos[0], message })),
    ...repeatedKeys(document).map((at) => ({ at, message: "Map keys must be unique" })),
    ...endlessAliases(document).map((at) => ({
      at,
      message: "this alias stands inside the value that it repeats",
    })),
    ...inexactNumbers(document),
  ];
  if (findings.length > 0) {
    const problems = findings.map(({ at, message }) => ({
      source,
      ...position(at),
      key: "",
      message: inOurWords(firstLine(message)),
    }));
    return { value: {}, positionOf: () => ({ line: 1, column: 1 }), problems };
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
    return {
      value,
      positionOf: (path, atKey = false) => position(offsetOf(document, path, atKey)),
      problems: [],
    };
  } catch (error) {
    return failed(
      source,
      { line: 1, column: 1 },
      error instanceof Error ? firstLine(error.message) : "bad YAML",
    );
  }
}

function failed(source: string, at: { line: number; column: number }, message: string): YamlDocument {
  return { value: {}, positionOf: () => at, problems: [{ source, ...at, key: "", message }] };
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? message;
}

/** Messages of the parser that say nothing to who wrote the file. */
function inOurWords(message: string): string {
  if (message.startsWith("Maximum call stack")) return "the values are nested too deeply";
  if (message.startsWith("Source contains multiple documents")) {
    return "a second document begins here; the file may hold one";
  }
  return message;
}

/** Offsets of aliases of a value that holds them: it would have no end. */
function endlessAliases(document: Document): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias(_, alias, path) {
      if (path.some((node) => isNode(node) && "anchor" in node && node.anchor === alias.source)) {
        offsets.push(alias.range?.[0] ?? 0);
      }
    },
  });
  return offsets;
}

function inexactNumbers(document: Document): readonly { readonly at: number; readonly message: string }[] {
  const found: { readonly at: number; readonly message: string }[] = [];
  visit(document, {
    Scalar(_, { value, source, range }) {
      if (typeof value !== "number" || source === undefined) return;
      const why = inexactness(source, value);
      if (why !== undefined) {
        found.push({ at: range?.[0] ?? 0, message: `${source.slice(0, 40)} ${why}; write it in quotes` });
      }
    },
  });
  return found;
}

/** Offsets of the keys that their mapping has already. */
function repeatedKeys(document: Document): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) offsets.push(key.range?.[0] ?? 0);
        seen.add(name);
      }
    },
  });
  return offsets;
}

/** Offset of the value at `path`; of the deepest existing parent when it does not exist. */
function offsetOf(document: Document, path: readonly string[], atKey: boolean): number {
  for (let length = path.length; length > 0; length--) {
    const key = path[length - 1];
    const parent = document.getIn(path.slice(0, length - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
      const node = pair && (atKey || length < path.length ? pair.key : (pair.value ?? pair.key));
      if (isNode(node) && node.range) return node.range[0];
    } else {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
  }
  return document.contents?.range?.[0] ?? 0;
}
