import type * as api from "./api-types.ts";
import { query } from "./calls.ts";
import { readStream, type StreamDeps, type StreamEvent } from "./event-stream.ts";
import { UnexpectedAnswerError } from "./unexpected-answer-error.ts";

/** Which output to follow and for how long. */
export interface FollowOptions {
  /** Begin with this attempt; default: the first. */
  readonly attempt?: number | undefined;
  /** Ends the iteration by throwing its reason. */
  readonly signal?: AbortSignal;
  /** Told before each reconnect why and after how many milliseconds it comes. */
  readonly onRetry?: (reason: string, delayMs: number) => void;
}

/** How a run ended. */
export interface RunEnd {
  readonly state: api.RunState;
  readonly reason: string;
  readonly exit_code: number | null;
}

/** A line of output, or the end of the run, which comes last. */
export type RunOutput =
  { readonly type: "line"; readonly line: api.RunLogLine } | ({ readonly type: "end" } & RunEnd);

/** The output of a run until its end. A stream that ends without one was cut, and is resumed after its last line. */
export async function* followLogs(
  deps: StreamDeps,
  run: string,
  { attempt, ...options }: FollowOptions = {},
): AsyncGenerator<RunOutput> {
  const path = `/api/v1/runs/${encodeURIComponent(run)}/logs${query({ follow: "true", attempt })}`;
  for await (const event of readStream(deps, path, options)) {
    if (event.type === "line") yield { type: "line", line: parseLine(deps.address, event) };
    if (event.type !== "end") continue;
    yield { type: "end", ...parseEnd(deps.address, event) };
    return;
  }
}

function parseLine(address: string, { data }: StreamEvent): api.RunLogLine {
  const { attempt, offset, at, level, message } = data;
  if (typeof attempt !== "number" || typeof offset !== "number" || typeof message !== "string") {
    throw new UnexpectedAnswerError(address, 200, "sent a line of output without attempt, offset or message");
  }
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { attempt, offset, at: text(at), level: text(level), message };
}

function parseEnd(address: string, { data }: StreamEvent): RunEnd {
  const { state, reason, exit_code: exitCode } = data;
  if (state !== "success" && state !== "failed" && state !== "cancelled") {
    throw new UnexpectedAnswerError(address, 200, "ended a run without a final state");
  }
  return {
    state,
    reason: typeof reason === "string" ? reason : "",
    exit_code: typeof exitCode === "number" ? exitCode : null,
  };
}
