/**
 * Cuts SQL at its semicolons, outside of texts, names and comments. Pieces without a statement are left out. The
 * engine has the last word: who uses the pieces compares their number with what it sees.
 */
export function splitStatements(sql: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  let hasWords = false;
  const cut = (to: number): void => {
    if (hasWords) pieces.push(sql.slice(from, to));
    from = to + 1;
    hasWords = false;
  };
  for (let at = 0; at < sql.length;) {
    if (sql[at] === ";") {
      cut(at);
      at += 1;
      continue;
    }
    const comment = endOfComment(sql, at);
    if (comment !== undefined) {
      at = comment;
      continue;
    }
    if (!/\s/.test(sql[at] ?? " ")) hasWords = true;
    at = endOfQuoted(sql, at) ?? at + 1;
  }
  cut(sql.length);
  return pieces;
}

/** The first words of a statement in capitals, without comments: which statement it is. */
export function wordsOf(statement: string): string {
  const words: string[] = [];
  for (let at = 0; at < statement.length && words.length < 4;) {
    const comment = endOfComment(statement, at);
    const word = /^(\w+|\S|\s+)/.exec(statement.slice(at, at + 100))?.[0] ?? " ";
    if (comment === undefined && word.trim() !== "") words.push(word);
    at = comment ?? at + word.length;
  }
  return words.join(" ").toUpperCase();
}

function endOfComment(sql: string, at: number): number | undefined {
  if (sql.startsWith("--", at)) {
    const end = sql.indexOf("\n", at);
    return end < 0 ? sql.length : end + 1;
  }
  if (!sql.startsWith("/*", at)) return undefined;
  // Such comments hold others.
  let depth = 0;
  for (let next = at; next < sql.length;) {
    if (sql.startsWith("/*", next)) depth += 1;
    else if (sql.startsWith("*/", next)) depth -= 1;
    else {
      next += 1;
      continue;
    }
    next += 2;
    if (depth === 0) return next;
  }
  return sql.length;
}

function endOfQuoted(sql: string, at: number): number | undefined {
  const quote = sql[at];
  if (quote === "$") return endOfDollarQuoted(sql, at);
  if (quote !== "'" && quote !== '"') return undefined;
  const escapes = quote === "'" && /(^|[^A-Za-z0-9_])[eE]$/.test(sql.slice(Math.max(0, at - 2), at));
  for (let next = at + 1; next < sql.length; next += 1) {
    if (escapes && sql[next] === "\\") next += 1;
    else if (sql[next] === quote) return next + 1;
  }
  return sql.length;
}

function endOfDollarQuoted(sql: string, at: number): number | undefined {
  const tag = /^\$([A-Za-z_][A-Za-z0-9_]*)?\$/.exec(sql.slice(at, at + 130))?.[0];
  if (tag === undefined || /[A-Za-z0-9_]$/.test(sql.slice(Math.max(0, at - 1), at))) return undefined;
  const end = sql.indexOf(tag, at + tag.length);
  return end < 0 ? sql.length : end + tag.length;
}
