import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT, sourceFiles } from "./source-files.ts";
import { wrongWords } from "./words.ts";

/** Pages of today: decisions and the change log keep the words of their day. */
const PAGES = globSync(["README.md", "docs/{how-to,explanation,tutorials}/*.md", "docs/*.md"], { cwd: ROOT });

it("says one thing by one word, as the glossary has it", () => {
  const pages = PAGES.map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
  expect(pages.length).toBeGreaterThan(20);
  const sources = sourceFiles().filter(({ path }) => !path.endsWith(".test.ts"));
  const found = [...sources, ...pages].flatMap(({ path, text }) => wrongWords(path, text));
  expect(found).toEqual([]);
});

it.each([
  "/** Told to the other ratd. */",
  "the key that every ratd has",
  "between the ratd of one database",
  "/** What the dispatcher is made from. */",
  'const context = { requestId, traceparent: "", signal };',
])("sees: %s", (line) => {
  expect(wrongWords("x.ts", `\n${line}`)).toEqual([expect.stringContaining("x.ts:2: ")]);
});
