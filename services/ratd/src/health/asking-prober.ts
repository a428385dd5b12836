import { printable } from "../platform/connection/failure.ts";
import { systemCode } from "../errors.ts";
import type { Observation } from "./health.ts";
import type { Prober } from "./prober.ts";

/** Longest message that is kept of what went wrong, characters. */
const MAX_MESSAGE_CHARS = 200;

/**
 * A prober that only asks: what it asks has no parts and tells nothing by itself. `ask` resolves when all is well and
 * gives up when its signal is aborted, which happens after `timeoutMs`.
 */
export function askingProber(ask: (signal: AbortSignal) => Promise<unknown>, timeoutMs: number): Prober {
  const stop = new AbortController();
  return {
    incomplete: false,
    knock: undefined,
    listen: () => undefined,
    async probe(): Promise<Observation> {
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        await ask(AbortSignal.any([stop.signal, limit]));
        return { kind: "answer", status: "healthy", message: "" };
      } catch (reason) {
        return observe(reason, limit.aborted);
      }
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}

function observe(reason: unknown, late: boolean): Observation {
  if (late) return { kind: "failed", message: "no answer in time" };
  const cause = reason instanceof Error && reason.cause instanceof Error ? reason.cause : reason;
  const text = cause instanceof Error ? cause.message : String(cause);
  const message = printable(text).slice(0, MAX_MESSAGE_CHARS);
  return { kind: systemCode(cause) === "ECONNREFUSED" ? "refused" : "failed", message };
}
