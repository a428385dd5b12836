import { globSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { expect, it } from "vitest";
import { importsOf, ROOT } from "./arrows.ts";

const HTTP = "services/ratd/src/http";
const files = globSync(`${HTTP}/**/*.ts`, { cwd: ROOT }).filter((file) => !file.endsWith(".test.ts"));
const specifiers = new Map(
  files.map((file) => [file, importsOf(file).map(({ specifier }) => specifier)] as const),
);

/** What a route file must leave to the rooms below. */
const NOT_IN_ROUTES = /^(@connectrpc\/|@rat\/contracts)|\/platform\/database\//;

type Imports = ReadonlyMap<string, readonly string[]>;

function wrongInRoutes(imports: Imports): string[] {
  return [...imports].flatMap(([file, names]) =>
    file.endsWith("-routes.ts")
      ? names.filter((name) => NOT_IN_ROUTES.test(name)).map((name) => `${file} imports ${name}`)
      : [],
  );
}

/** The files that can be reached from themselves, types included. */
function inCircles(imports: Imports): string[] {
  const next = (file: string) =>
    (imports.get(file) ?? [])
      .filter((name) => name.startsWith("."))
      .map((name) => relative(ROOT, resolve(ROOT, dirname(file), name)));
  return [...imports.keys()].filter((start) => {
    const seen = new Set<string>();
    const open = next(start);
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (file === start) return true;
      if (seen.has(file)) continue;
      seen.add(file);
      open.push(...next(file));
    }
    return false;
  });
}

it("looks at every table of routes", () => {
  expect(files.filter((file) => file.endsWith("-routes.ts")).length).toBeGreaterThan(20);
});

it("finds no route that sees the wire or the database", () => {
  expect(wrongInRoutes(specifiers)).toEqual([]);
  const planted = new Map([[`${HTTP}/runs/runs-routes.ts`, ["../../platform/database/database.ts"]]]);
  expect(wrongInRoutes(planted)).toHaveLength(1);
});

it("finds no file of http that imports itself in a circle", () => {
  expect(inCircles(specifiers)).toEqual([]);
  const planted = new Map([...specifiers, [`${HTTP}/kit/route.ts`, ["../routes.ts"]]]);
  expect(inCircles(planted)).toContain(`${HTTP}/routes.ts`);
});
