import type { RunLogLine } from "@rat/client";
import type { Settings } from "../../input/settings.ts";
import { CliError } from "../../output/cli-error.ts";
import { jsonText } from "../../output/json.ts";
import { printable } from "../../output/printable.ts";
import type { Paint, Tone } from "../../output/style.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
const TONES: Readonly<Record<string, Tone>> = { warn: "warning", error: "bad", debug: "quiet" };

/** Tells whether a line is to be shown, for a `--level`; throws `bad_usage` when that is none. */
export function levelFilter(level: string | undefined): (line: RunLogLine) => boolean {
  if (level === undefined) return () => true;
  const least = LEVELS.findIndex((known) => known === level.toLowerCase());
  if (least === -1) throw new CliError("bad_usage", `"${level}" is no level; use ${LEVELS.join(", ")}`);
  return (line) => {
    const rank = LEVELS.findIndex((known) => known === line.level);
    return rank === -1 || rank >= least;
  };
}

/** One line of output as it is printed; `wide` shows the attempt too. */
export function logLineText(line: RunLogLine, { format, paint }: Pick<Settings, "format" | "paint">): string {
  return format === "ndjson" ? jsonText(line, false) : `${plainLogLine(line, paint, format === "wide")}\n`;
}

/** One line of output for people. ratd has taken control characters out; they are taken out here once more. */
export function plainLogLine(
  { at, level, attempt, message }: RunLogLine,
  paint: Paint,
  wide: boolean,
): string {
  const time = printable(at.replace(/\.\d+Z$/u, "Z"));
  const sign = printable(level.toUpperCase()).padEnd(5);
  const which = wide ? `#${attempt}  ` : "";
  return `${paint(time, "quiet")} ${paint(sign, TONES[level] ?? "plain")} ${which}${printable(message)}`;
}
