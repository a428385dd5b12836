import { printable } from "./printable.ts";
import type { Paint, Tone } from "./style.ts";
import { pad, width } from "./table.ts";

/** One labelled line of a detail page. */
export interface Field {
  readonly label: string;
  readonly value: string | null | undefined;
  readonly tone?: Tone;
}

/** Labelled lines with aligned values; absent values are a dash. */
export function renderFields(fields: readonly Field[], paint: Paint): readonly string[] {
  const size = Math.max(...fields.map(({ label }) => width(label)));
  return fields.map(
    ({ label, value, tone }) =>
      `${paint(pad(label, size), "quiet")}  ${paint(printable(value ?? "–"), tone ?? "plain")}`,
  );
}
