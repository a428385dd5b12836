/** No answer came: connection refused, unknown host, connection lost, or the time limit passed. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  /** Where ratd was looked for. */
  readonly address: string;
  /** Why, in a few words, for example `connect ECONNREFUSED 127.0.0.1:8080`. */
  readonly reason: string;
  /** True when the time limit passed; the request may still have had its effect. */
  readonly timedOut: boolean;

  constructor(address: string, reason: string, options: { timedOut?: boolean; cause?: unknown } = {}) {
    super(`cannot reach ratd at ${address}: ${reason}`, { cause: options.cause });
    this.address = address;
    this.reason = reason;
    this.timedOut = options.timedOut ?? false;
  }
}

/** The part of a failed `fetch` that says why; undici hides it one or two levels deep. */
export function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return networkReason(error.errors[0]);
  if (error.cause instanceof Error) return networkReason(error.cause);
  return error.message === "" ? error.name : error.message;
}
