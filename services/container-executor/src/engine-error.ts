/** What went wrong between the executor and the engine. */
export type EngineErrorCode = "unreachable" | "not_found" | "conflict" | "refused";

/** An answer of the engine that is not the wanted one, or no answer at all (`unreachable`). */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Wraps whatever the library threw. */
  static from(error: unknown): EngineError {
    if (error instanceof EngineError) return error;
    if (!(error instanceof Error)) return new EngineError("unreachable", String(error));
    const status =
      "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : undefined;
    // The library writes "(HTTP code 404) no such container - what the engine says".
    const message = error.message.replace(/^\(HTTP code \d+\) [^-]*- /, "").trim();
    if (status === 404) return new EngineError("not_found", message, { cause: error });
    if (status === 409) return new EngineError("conflict", message, { cause: error });
    // 500 is what the engine answers to most things that it cannot do; only no answer means that it is away.
    if (status !== undefined && status !== 502 && status !== 503 && status !== 504) {
      return new EngineError("refused", message, { cause: error });
    }
    const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
    return new EngineError("unreachable", code ?? (message || error.name), { cause: error });
  }
}
