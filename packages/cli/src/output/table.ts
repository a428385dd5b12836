import { printable } from "./printable.ts";
import type { Paint, Tone } from "./style.ts";

/** One column of a table. */
export interface Column<Item> {
  readonly title: string;
  readonly value: (item: Item) => string | null | undefined;
  /** Default: plain. */
  readonly tone?: (item: Item) => Tone;
  /** Shown with `-o wide` only. */
  readonly wide?: boolean;
}

const GAP = "  ";
const NOTHING = "–";

/** An aligned table with its head; absent values are a dash, trailing blanks are cut. */
export function renderTable<Item>(
  columns: readonly Column<Item>[],
  items: readonly Item[],
  paint: Paint,
  wide = false,
): readonly string[] {
  const shown = columns.filter((column) => wide || column.wide !== true);
  const texts = items.map((item) =>
    shown.map((column) => {
      const text = column.value(item);
      return text === null || text === undefined ? NOTHING : printable(text);
    }),
  );
  const widths = shown.map((column, at) =>
    Math.max(width(column.title), ...texts.map((row) => width(row[at] ?? ""))),
  );
  const head = shown.map((column, at) => pad(column.title, widths[at] ?? 0));
  const rows = items.map((item, line) =>
    shown.map((column, at) => {
      const text = texts[line]?.[at] ?? "";
      const blanks = " ".repeat((widths[at] ?? 0) - width(text));
      return `${paint(text, column.tone?.(item) ?? "plain")}${blanks}`;
    }),
  );
  return [head, ...rows].map((cells) => cells.join(GAP).trimEnd());
}

/** `text` with blanks up to `size` columns. */
export function pad(text: string, size: number): string {
  return text + " ".repeat(Math.max(0, size - width(text)));
}

/** Columns that a text takes, counted in code points. */
export function width(text: string): number {
  return Array.from(text).length;
}
