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

  /** Wraps whatever was thrown; what is no word of the engine means that it is away. */
  static from(error: unknown): EngineError {
    if (error instanceof EngineError) return error;
    if (!(error instanceof Error)) return new EngineError("unreachable", String(error));
    const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
    return new EngineError("unreachable", code ?? (error.message || error.name), { cause: error });
  }
}
