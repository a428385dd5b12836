import type { Change } from "@rat/client";
import { printable } from "../../output/printable.ts";
import type { Paint } from "../../output/style.ts";

/** Differences for people; texts of several lines, such as SQL, line by line. */
export function changeLines(changes: readonly Change[], paint: Paint): readonly string[] {
  return changes.flatMap(({ path, from, to }) => [
    printable(path),
    ...side("-", from).map((line) => paint(line, "bad")),
    ...side("+", to).map((line) => paint(line, "good")),
  ]);
}

function side(sign: string, value: unknown): readonly string[] {
  return valueLines(value).map((line) => `  ${sign} ${printable(line)}`);
}

/** A value line by line: a whole spec key by key. */
function valueLines(value: unknown): readonly string[] {
  if (value === null || value === undefined || value === "") return [];
  if (typeof value === "string") return value.trimEnd().split("\n");
  if (typeof value !== "object" || Array.isArray(value)) return [JSON.stringify(value)];
  return Object.entries(value).flatMap(([key, part]) => {
    const lines = valueLines(part);
    return lines.length === 1 ? [`${key}: ${lines[0]}`] : [`${key}:`, ...lines.map((line) => `  ${line}`)];
  });
}
