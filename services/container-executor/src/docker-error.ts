import { EngineError } from "@rat/executor-kit";

/** What the Docker library threw, in the words of the port. */
export function dockerError(error: unknown): EngineError {
  if (error instanceof EngineError || !(error instanceof Error)) return EngineError.from(error);
  const status = statusOf(error);
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

/** The status that the engine answered; undefined when it did not. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}
