import { describe, expect, test } from "vitest";
import { parseDuration } from "../input/duration.ts";
import { formatAge, formatSpan } from "./age.ts";
import { render } from "./render.ts";
import { ansiPaint, choosePaint, noPaint } from "./style.ts";
import { renderTable, type Column } from "./table.ts";
import { listView, recordView } from "./view.ts";

interface Thing {
  readonly name: string;
  readonly size: string | null;
}

const COLUMNS: readonly Column<Thing>[] = [
  { title: "NAME", value: (thing) => thing.name, tone: () => "bad" },
  { title: "SIZE", value: (thing) => thing.size },
  { title: "MORE", value: () => "x", wide: true },
];
const THINGS: readonly Thing[] = [
  { name: "● a", size: null },
  { name: "long-name", size: "1" },
];
const VIEW = listView(THINGS, { columns: COLUMNS, name: ({ name }) => name, empty: "Nothing here." });
const EMPTY = listView<Thing>([], { columns: COLUMNS, name: ({ name }) => name, empty: "Nothing here." });
const plain = { paint: noPaint, isTerminal: false };

describe("a table", () => {
  test("aligns, shows a dash for nothing and leaves no blanks at the end", () => {
    expect(renderTable(COLUMNS, THINGS, noPaint)).toEqual([
      "NAME       SIZE",
      "● a        –",
      "long-name  1",
    ]);
  });

  test("has its wide columns only when asked", () => {
    expect(renderTable(COLUMNS, THINGS, noPaint, true)[0]).toBe("NAME       SIZE  MORE");
  });

  test("keeps its alignment when coloured", () => {
    const [, row] = renderTable(COLUMNS, THINGS, ansiPaint);
    expect(row).toBe("\u001B[31m● a\u001B[0m        –");
  });

  test("lets no control character of a value through", () => {
    const rows = renderTable(COLUMNS, [{ name: "\u001B[2Jgone\nnext\u009B1m\nx", size: "" }], noPaint);
    expect(rows[1]).toBe("gone next x");
  });
});

describe("a list", () => {
  test.each([
    ["json", '{"schema_version":1,"items":[{"name":"● a","size":null},{"name":"long-name","size":"1"}]}\n'],
    ["ndjson", '{"name":"● a","size":null}\n{"name":"long-name","size":"1"}\n'],
    ["name", "● a\nlong-name\n"],
    [
      "yaml",
      'schema_version: 1\nitems:\n  - name: ● a\n    size: null\n  - name: long-name\n    size: "1"\n',
    ],
  ] as const)("as %s", async (format, text) => {
    expect(await render(VIEW, { ...plain, format })).toBe(text);
  });

  test.each([
    ["json", '{"schema_version":1,"items":[]}\n'],
    ["yaml", "schema_version: 1\nitems: []\n"],
    ["ndjson", ""],
    ["name", ""],
    ["table", ""],
  ] as const)("that is empty, as %s", async (format, text) => {
    expect(await render(EMPTY, { ...plain, format })).toBe(text);
  });

  test("teaches when it is empty, and only then", () => {
    expect([VIEW.hint, EMPTY.hint]).toEqual([undefined, "Nothing here."]);
  });
});

test("one thing as ndjson is one line, on a terminal too", async () => {
  const view = recordView({ a: 1 }, { name: "x", text: () => [] });
  expect(await render(view, { paint: noPaint, isTerminal: true, format: "ndjson" })).toBe(
    '{"schema_version":1,"a":1}\n',
  );
});

test.each([
  ["a terminal", {}, false, true, ansiPaint],
  ["a pipe", {}, false, false, noPaint],
  ["a dumb terminal", { TERM: "dumb" }, false, true, noPaint],
  ["NO_COLOR", { NO_COLOR: "1", CLICOLOR_FORCE: "1" }, false, true, noPaint],
  ["an empty NO_COLOR", { NO_COLOR: "" }, false, true, ansiPaint],
  ["CLICOLOR_FORCE on a pipe", { CLICOLOR_FORCE: "1" }, false, false, ansiPaint],
  ["CLICOLOR_FORCE=0 on a pipe", { CLICOLOR_FORCE: "0" }, false, false, noPaint],
  ["--no-color", { CLICOLOR_FORCE: "1" }, true, true, noPaint],
])("colours with %s", (_, env, noColor, isTerminal, paint) => {
  expect(choosePaint({ env, noColor, isTerminal })).toBe(paint);
});

test.each([
  [0, "0s"],
  [59, "59s"],
  [60, "1m"],
  [3_599, "59m"],
  [7_200, "2h"],
  [86_400 * 12 + 5, "12d"],
  [-3, "0s"],
])("%i seconds are %s", (seconds, text) => {
  expect(formatSpan(seconds)).toBe(text);
});

test("an absent or broken time has no age", () => {
  expect([formatAge(null, 0), formatAge("yesterday", 0)]).toEqual([null, null]);
});

test.each([
  ["500ms", 500],
  ["60s", 60_000],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["0s", undefined],
  ["60", undefined],
  ["-1s", undefined],
  ["1.5s", undefined],
])("the duration %s is %s ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
