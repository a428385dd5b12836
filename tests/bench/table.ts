import { isMet, ratioOf, type Goal, type Measure, type Row } from "./benchmark.ts";

const HEADINGS = ["work", "ours", "reference", "ratio", "goal", "met"] as const;

/** The rows as a Markdown table, columns aligned so that it reads well in a terminal too. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.work,
    formatMeasure(row.ours),
    formatReference(row.reference),
    formatRatio(ratioOf(row)),
    formatGoal(row),
    formatMet(isMet(row)),
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, 3, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(HEADINGS), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}

function formatMeasure({ value, unit, detail }: Measure): string {
  return `${formatNumber(value)} ${unit}${detail === undefined ? "" : ` (${detail})`}`;
}

function formatReference(reference: Row["reference"]): string {
  if (reference === undefined) return "–";
  return typeof reference === "string" ? reference : `${reference.label}: ${formatMeasure(reference)}`;
}

function formatRatio(ratio: number | undefined): string {
  return ratio === undefined ? "–" : formatNumber(ratio);
}

function formatGoal({ goal, ours }: Row): string {
  return goal === undefined
    ? "–"
    : `${sign(goal)} ${goal.value}${goal.of === "ratio" ? " ×" : ` ${ours.unit}`}`;
}

function sign({ bound }: Goal): string {
  return bound === "at most" ? "≤" : "≥";
}

function formatMet(met: boolean | undefined): string {
  return met === undefined ? "–" : met ? "yes" : "no";
}

/** Three significant digits at least, no more than they are worth. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
