/** The output formats of every command. */
export const OUTPUT_FORMATS = ["table", "wide", "json", "yaml", "ndjson", "name"] as const;

/** Formats for checks, which `doctor` has beside the common ones. */
export const CHECK_FORMATS = ["junit", "github-actions"] as const;

/** A value of `--output`. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number] | (typeof CHECK_FORMATS)[number];

/** `text` as a format; undefined when it is none. */
export function parseFormat(text: string): OutputFormat | undefined {
  return [...OUTPUT_FORMATS, ...CHECK_FORMATS].find((format) => format === text);
}

/** Whether programs read the output, so that errors are JSON too. */
export function isForPrograms(format: OutputFormat): boolean {
  return format === "json" || format === "ndjson";
}
