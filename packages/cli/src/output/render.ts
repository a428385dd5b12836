import type { OutputFormat } from "./formats.ts";
import { jsonText } from "./json.ts";
import { printable } from "./printable.ts";
import type { Paint } from "./style.ts";
import type { View } from "./view.ts";

/** How to print. */
export interface RenderOptions {
  readonly format: OutputFormat;
  readonly paint: Paint;
  /** People look at it: JSON is indented. */
  readonly isTerminal: boolean;
}

/** The text of a view in one format; empty, or ending with a line break. */
export async function render(view: View, { format, paint, isTerminal }: RenderOptions): Promise<string> {
  switch (format) {
    case "json":
      return jsonText(view.document, isTerminal);
    case "yaml": {
      const { stringify } = await import("yaml");
      return stringify(view.document, { aliasDuplicateObjects: false, lineWidth: 0 });
    }
    case "ndjson":
      return view.lines.map((line) => jsonText(line, false)).join("");
    case "name":
      return lines(view.names.map(printable));
    case "table":
    case "wide":
      return lines(view.text(paint, format === "wide"));
    case "junit":
    case "github-actions":
      throw new TypeError(`${format} is not a format of this view`);
  }
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
