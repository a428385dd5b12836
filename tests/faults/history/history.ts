/** What an executor tells of one attempt's end. `lost`: it does not know how it ended. */
export type AttemptEnding = "success" | "failed" | "cancelled" | "lost";

/** Something that happened at the executor. `name` is that of an attempt: `<run>.<attempt>`. */
export type ExecutorEvent =
  /** ratd handed the attempt over, or took it over under a higher epoch. */
  | {
      readonly kind: "submitted";
      readonly name: string;
      readonly epoch: string;
      /** What the executor needs to go on with it after a kill. */
      readonly token?: string;
      readonly reportUrl?: string;
    }
  /** A call under an epoch lower than the highest seen. */
  | { readonly kind: "refused"; readonly name: string; readonly epoch: string }
  | { readonly kind: "started"; readonly name: string }
  /** Goes on after the executor itself was killed. */
  | { readonly kind: "resumed"; readonly name: string }
  | { readonly kind: "ended"; readonly name: string; readonly as: AttemptEnding }
  /** A report that ratd must not take. */
  | { readonly kind: "stray"; readonly name: string; readonly sort: StraySort; readonly answer: StrayAnswer }
  /** The executor has begun, for the first time or again. */
  | { readonly kind: "boot" };

/** `late`: of an epoch that is over; `forged`: with a token of something else; `repeated`: an end told once more. */
export type StraySort = "late" | "forged" | "repeated";
/** What ratd said to a stray report. */
export type StrayAnswer = "taken" | "refused" | "unanswered";

/** A request for a run that ratd answered with 202. */
export interface Acknowledged {
  readonly key: string;
  readonly run: string;
}

/** A row of `runs`, as far as it is judged. */
export interface RunRow {
  readonly id: string;
  readonly state: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly retryOnFailure: boolean;
  readonly cancelRequested: boolean;
}

/** A row of `run_attempts`. */
export interface AttemptRow {
  readonly run: string;
  readonly attempt: number;
  readonly state: string;
}

/** A row of `run_requests`. */
export interface RequestRow {
  readonly key: string;
  readonly run: string;
}

/** All that is known of one fault run: what clients were told, what the executor did, and what the tables say. */
export interface History {
  readonly acknowledged: readonly Acknowledged[];
  /** In the order in which it happened. */
  readonly executor: readonly ExecutorEvent[];
  readonly runs: readonly RunRow[];
  readonly attempts: readonly AttemptRow[];
  readonly requests: readonly RequestRow[];
}
