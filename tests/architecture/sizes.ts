import { parseSync, Visitor } from "oxc-parser";
import type { SourceFile } from "./source-files.ts";

/** Most lines of a source file, of a function, and of the composition root. */
export const MOST_LINES = { file: 400, function: 80, root: 300 } as const;

/** The composition root. */
const ROOT_FILE = "services/ratd/src/ratd.ts";

/** A function and how long it is. */
export interface FunctionSize {
  readonly file: string;
  /** First line, from 1. */
  readonly line: number;
  readonly lines: number;
}

/** What is longer than it may be. Tests are left out: a suite is one function by the way it is written. */
export function oversized(file: SourceFile): readonly string[] {
  if (file.path.endsWith(".test.ts")) return [];
  const lines = linesOf(file.text);
  const most = file.path === ROOT_FILE ? MOST_LINES.root : MOST_LINES.file;
  return [
    ...(lines > most ? [`${file.path} has ${lines} lines, ${most} at most`] : []),
    ...functionsOf(file)
      .filter((found) => found.lines > MOST_LINES.function)
      .map(
        (found) =>
          `${file.path}:${found.line} is a function of ${found.lines} lines, ${MOST_LINES.function} at most`,
      ),
  ];
}

/** Every function of a source, nested ones too. */
export function functionsOf({ path, text }: SourceFile): readonly FunctionSize[] {
  const found: FunctionSize[] = [];
  const add = ({ start, end }: { readonly start: number; readonly end: number }) => {
    const line = linesOf(text.slice(0, start));
    found.push({ file: path, line, lines: linesOf(text.slice(0, end)) - line + 1 });
  };
  new Visitor({
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  }).visit(parseSync(path, text).program);
  return found;
}

/** Lines of a text; a line break at its end begins none. */
export function linesOf(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}
