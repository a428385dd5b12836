/** The promises, by the word with which their breach is told. */
export type Rule =
  /** A run that was acknowledged is not there, or never ended. */
  | "lost"
  /** A run ended more than once in a way that counts. */
  | "completed twice"
  /** An attempt was started, or ended, more than once. */
  | "started twice"
  | "ended twice"
  /** Two attempts of a run were under way at the same time. */
  | "overlap"
  /** The tables say something else than what the executor did. */
  | "disagreement"
  /** The attempts of a run are not numbered one after the other, or stop too early or too late. */
  | "miscounted"
  /** A key made two runs, or a run was made by no request. */
  | "two runs for a key"
  /** A report that proves nothing was believed. */
  | "forgery taken"
  | "stale write taken";

/** A promise that a history breaks. */
export interface Violation {
  readonly rule: Rule;
  /** The run or attempt. */
  readonly of: string;
  readonly detail: string;
}
