import { describe, expect, test } from "vitest";
import { render } from "./render.ts";
import { ansiPaint, noPaint } from "./style.ts";
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
