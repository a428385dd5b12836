/** Bytes of one text that anybody may send. */
const MAX_TEXT_BYTES = 1_048_576;

/** Why neither PostgreSQL nor a program could take this text; undefined when they can. */
export function textProblem(text: string): string | undefined {
  if (text.includes("\0")) return "must not hold NUL";
  if (!text.isWellFormed()) return "must be Unicode without lone surrogates";
  if (Buffer.byteLength(text) >= MAX_TEXT_BYTES) return `must have less than ${MAX_TEXT_BYTES} bytes`;
  return undefined;
}
