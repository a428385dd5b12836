/** Levels of arrays and objects in a JSON body, and all members and elements of it together. */
export const MOST_LEVELS = 64;
export const MOST_VALUES = 20_000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/**
 * Why a JSON text is more than is taken, found in one pass over its characters, before anything of it is built or
 * checked; undefined when it is not. A text that is no JSON is left to the parser.
 */
export function excessOf(json: string): string | undefined {
  let level = 0;
  let values = 1;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfText(json, at);
    else if (code === COMMA) values++;
    else if (OPENING.has(code)) {
      values++;
      if (++level > MOST_LEVELS) return `is nested deeper than ${MOST_LEVELS} levels`;
    } else if (CLOSING.has(code)) level--;
    if (values > MOST_VALUES) return `has more than ${MOST_VALUES} members and elements`;
  }
  return undefined;
}

/** Where the text ends that begins at a quote; the end of `json` when it never does. */
function endOfText(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return json.length;
}
