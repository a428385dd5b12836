/** One JSON value and a line break: indented for people, one line for programs. */
export function jsonText(value: unknown, indented: boolean): string {
  return `${JSON.stringify(value ?? null, undefined, indented ? 2 : undefined)}\n`;
}
