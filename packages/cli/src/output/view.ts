import type { Paint } from "./style.ts";
import { renderTable, type Column } from "./table.ts";

/** What a command found, ready for every output format. */
export interface View {
  /** The payload of `json` and `yaml`. */
  readonly document: Readonly<Record<string, unknown>>;
  /** The lines of `ndjson`. */
  readonly lines: readonly unknown[];
  /** The lines of `name`. */
  readonly names: readonly string[];
  /** The lines of `table` and `wide`. */
  text(paint: Paint, wide: boolean): readonly string[];
  /** Said on stderr, for people only, beside an empty list. */
  readonly hint?: string | undefined;
}

/** A list of things of one kind. */
export function listView<Item>(
  items: readonly Item[],
  look: { columns: readonly Column<Item>[]; name: (item: Item) => string; empty: string },
): View {
  return {
    document: { schema_version: 1, items },
    lines: items,
    names: items.map(look.name),
    text: (paint, wide) => (items.length === 0 ? [] : renderTable(look.columns, items, paint, wide)),
    hint: items.length === 0 ? look.empty : undefined,
  };
}

/** One thing; `text` says how people see it. */
export function recordView(
  value: Readonly<Record<string, unknown>>,
  look: { name: string; text: (paint: Paint, wide: boolean) => readonly string[] },
): View {
  const document = { schema_version: 1, ...value };
  return { document, lines: [document], names: [look.name], text: look.text };
}
