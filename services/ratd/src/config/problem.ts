import { distance } from "fastest-levenshtein";

/** Something wrong in the configuration, and where. */
export interface ConfigProblem {
  /** File name, or the environment variable that holds the value. */
  readonly source: string;
  /** 1-based; undefined for environment variables. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  /** Path of the key, for example `plugins.auth.on_down`. */
  readonly key: string;
  /** What is wrong, what is allowed, what was probably meant. */
  readonly message: string;
}

/** Longest key that a line shows, characters: a broken file has any. */
const SHOWN_KEY = 200;

/** One line a problem: `rat.yaml:4:5 plugins.auth.on_dwn: unknown key …`. */
export function formatProblem({ source, line, column, key, message }: ConfigProblem): string {
  const place = line === undefined ? source : `${source}:${line}:${column ?? 1}`;
  return `${place} ${key === "" ? "" : `${key.slice(0, SHOWN_KEY)}: `}${message}`;
}

/** The candidate that was probably meant, if any is near enough. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const candidate of candidates) {
    const d = distance(word.toLowerCase(), candidate);
    if (d < bestDistance) [best, bestDistance] = [candidate, d];
  }
  return best;
}

/** `; did you mean "x"?` or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const guess = nearest(word, candidates);
  return guess === undefined ? "" : `; did you mean "${guess}"?`;
}
