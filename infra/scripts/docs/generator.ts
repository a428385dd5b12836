/** One file that a generator answers for. */
export interface GeneratedFile {
  /** Path from the root of the repository, with forward slashes. */
  readonly path: string;
  readonly content: string;
}

/** Makes committed files from their one source. Same source, same bytes. */
export interface Generator {
  /** The source file, from the root of the repository. While it does not exist, the generator is skipped. */
  readonly source: string;
  generate(root: URL): Promise<readonly GeneratedFile[]>;
}

/** First line of every generated Markdown file. */
export function generatedNotice(source: string): string {
  return `<!-- Made from ${source} by \`npm run docs\`. Edit the source, not this page. -->`;
}

/** One row of a Markdown table; pipes and line breaks inside a cell are escaped. */
function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}

/** A Markdown table. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [tableRow(head), tableRow(head.map(() => "---")), ...rows.map(tableRow)].join("\n");
}
