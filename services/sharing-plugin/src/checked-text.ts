import { PluginError } from "@rat/plugin-sdk";

/** The longest text that is kept, in UTF-16 units. */
const MAX_LENGTH = 512;

/** Control characters: in a name they deceive whoever reads a list, and PostgreSQL refuses NUL. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Refuses texts that are no names. @throws PluginError `invalid_argument` that names the field, not the text. */
export function checkTexts(fields: Readonly<Record<string, string>>): void {
  for (const [field, text] of Object.entries(fields)) {
    const fault = faultOf(text);
    if (fault !== undefined) throw new PluginError("invalid_argument", `${field}: ${fault}`);
  }
}

function faultOf(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  if (CONTROL.test(text)) return "must have no control characters";
  // Half a surrogate pair would be stored as U+FFFD: two names would become one.
  if (!text.isWellFormed()) return "must be Unicode text";
  return undefined;
}
