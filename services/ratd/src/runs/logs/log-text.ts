/** Longest line kept in one piece, characters; executors cut theirs themselves. */
const MAX_CHARS = 8192;

/** A line of output as it may be stored and shown on a terminal: no control characters but tabs, bounded. */
export function logText(text: string): string {
  const clean = text.toWellFormed().replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]+/g, "");
  return clean.length > MAX_CHARS ? `${clean.slice(0, MAX_CHARS - 1)}…` : clean;
}
