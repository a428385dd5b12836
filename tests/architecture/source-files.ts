import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseSync } from "oxc-parser";

/** The root of the repository. */
export const ROOT = resolve(import.meta.dirname, "../..");

/** A source file as the rules see it. */
export interface SourceFile {
  /** Path from the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** One import of a file. */
export interface Import {
  /** The importing file, from the root of the repository. */
  readonly file: string;
  /** As written. */
  readonly specifier: string;
  /** The imported file from the root of the repository; undefined for a package. */
  readonly target: string | undefined;
}

/** Every source file that is written by hand: of the packages, the services, their examples and the example data set. */
export function sourceFiles(): readonly SourceFile[] {
  return globSync(["{packages,services}/*/{src,examples}/**/*.ts", "examples/**/*.ts"], { cwd: ROOT })
    .filter((path) => !path.includes("/src/gen/"))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

/** The imports of a source, static, of types only, re-exported and dynamic. */
export function importsOf({ path, text }: SourceFile): readonly Import[] {
  const { module } = parseSync(path, text);
  const specifiers = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
      const literal = /^["'](.*)["']$/.exec(text.slice(start, end))?.[1];
      return literal ?? [];
    }),
  ];
  return [...new Set(specifiers)].map((specifier) => ({
    file: path,
    specifier,
    target: specifier.startsWith(".") ? relative(ROOT, resolve(ROOT, dirname(path), specifier)) : undefined,
  }));
}
