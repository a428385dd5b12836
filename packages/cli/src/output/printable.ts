import { stripVTControlCharacters } from "node:util";

/** Text that came from elsewhere, without escape sequences and control characters: a plugin's message must not steer the terminal. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001F\u007F-\u009F]+/gu, " ");
}
