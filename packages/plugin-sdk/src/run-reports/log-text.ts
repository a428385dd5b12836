/** The longest line in one piece, in UTF-16 code units. */
export const MAX_LINE = 8192;

/**
 * Makes text fit for the log: no NUL (databases refuse it), no lone surrogates (protobuf refuses them), and pieces of
 * at most {@link MAX_LINE}. An empty text is one empty piece.
 */
export function logPieces(text: string): readonly string[] {
  const clean = text.includes("\0") ? text.replaceAll("\0", "") : text;
  if (clean.length <= MAX_LINE) return [clean.toWellFormed()];
  const pieces: string[] = [];
  for (let from = 0; from < clean.length;) {
    let end = Math.min(clean.length, from + MAX_LINE);
    // A pair of surrogates stays together.
    if (end < clean.length && isHighSurrogate(clean.charCodeAt(end - 1))) end -= 1;
    pieces.push(clean.slice(from, end).toWellFormed());
    from = end;
  }
  return pieces;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
