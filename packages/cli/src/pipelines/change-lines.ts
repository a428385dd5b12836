import type { Change } from "@rat/client";
import { printable } from "../output/printable.ts";
import type { Paint } from "../output/style.ts";

/** Differences for people; texts of several lines, such as SQL, line by line. */
export function changeLines(changes: readonly Change[], paint: Paint): readonly string[] {
  return changes.flatMap(({ path, from, to }) => [
    printable(path),
    ...side("-", from).map((line) => paint(line, "bad")),
    ...side("+", to).map((line) => paint(line, "good")),
  ]);
}

function side(sign: string, value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${sign} ${printable(line)}`);
}
