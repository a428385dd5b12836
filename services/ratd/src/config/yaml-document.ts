import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import type { ConfigProblem } from "./problem.ts";

const MAX_BYTES = 1_048_576;
const MAX_ALIASES = 100;

/** A parsed YAML file that knows where each of its values stands. */
export interface YamlDocument {
  /** The plain value. `{}` for an empty file. */
  readonly value: unknown;
  /** Line and column of a value, or of a key (`atKey`), by path. */
  positionOf(path: readonly string[], atKey?: boolean): { line: number; column: number };
  readonly problems: readonly ConfigProblem[];
}

/** Parses YAML strictly: duplicate keys, unknown tags, too many aliases and files over 1 MiB are problems. */
export function parseYaml(text: string, source: string): YamlDocument {
  const lines = new LineCounter();
  if (Buffer.byteLength(text) > MAX_BYTES) {
    return failed(source, { line: 1, column: 1 }, "the file is larger than 1 MiB");
  }
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const findings = [...document.errors, ...document.warnings];
  if (findings.length > 0) {
    const problems = findings.map((error) => ({
      source,
      ...position(error.pos[0]),
      key: "",
      message: firstLine(error.message),
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
