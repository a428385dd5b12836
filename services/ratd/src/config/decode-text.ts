const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const NEWLINE = 0x0a;

/** Why bytes are no text that can be read. */
export class TextError extends Error {}

/**
 * A file of the configuration as text. A byte-order mark of UTF-8 is dropped.
 *
 * @throws TextError that names the line which is not UTF-8; for other encodings, and for what is no text
 */
export function decodeText(bytes: Buffer): string {
  if (bytes.subarray(0, 2).toString("latin1") === "ÿþ" || bytes.subarray(0, 2).toString("latin1") === "þÿ") {
    throw new TextError("it is UTF-16; save it as UTF-8");
  }
  const text = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;
  const zero = text.indexOf(0);
  if (zero !== -1) throw new TextError(`it is no text: line ${lineOf(text, zero)} holds a zero byte`);
  const decoded = text.toString("utf8");
  // What is no UTF-8 is decoded as U+FFFD, which is longer or other than what stands there.
  if (Buffer.from(decoded).equals(text)) return decoded;
  const wrong = Buffer.from(decoded).findIndex((byte, at) => byte !== text[at]);
  throw new TextError(`it is not UTF-8: see line ${lineOf(text, wrong)}`);
}

function lineOf(text: Buffer, end: number): number {
  return text.subarray(0, end).reduce((lines, byte) => lines + (byte === NEWLINE ? 1 : 0), 1);
}
