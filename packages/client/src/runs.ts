import { randomUUID } from "node:crypto";
import type * as api from "./api-types.ts";
import { collect, part, query, type Call } from "./calls.ts";
import type { StreamDeps } from "./event-stream.ts";
import { repeat } from "./repeat.ts";
import { followLogs, type FollowOptions, type RunOutput } from "./run-logs.ts";

/** Whose repetition is recognised: the same key and request is the same run. */
export interface StartOptions {
  /** Default: a fresh one for each call. */
  readonly idempotencyKey?: string | undefined;
}

/** Runs of pipelines and their output. */
export interface RunCalls {
  /** Starts a run. While no answer comes it is asked again under the same key, so that it starts once. */
  start(run: api.NewRun, options?: StartOptions): Promise<api.Run>;
  /** Newest first. */
  list(filter?: api.RunFilter, options?: api.ListOptions): Promise<readonly api.Run[]>;
  get(id: string): Promise<api.RunDetail>;
  /** The run when it has ended, or as it is after `seconds` (at most 60). */
  wait(id: string, options?: { readonly seconds?: number; readonly signal?: AbortSignal }): Promise<api.Run>;
  cancel(id: string): Promise<api.Run>;
  /** The same version with the same environment once more, as a new run. */
  retry(id: string, options?: StartOptions): Promise<api.Run>;
  /** For SQL: columns, rows, rows_written. */
  result(id: string): Promise<api.RunResult>;
  /** One page of the output of one attempt. */
  logs(id: string, page?: api.LogPage): Promise<api.RunLogs>;
  /** The output as it comes, over lost connections, until the run has ended; the last item is the outcome. */
  follow(id: string, options?: FollowOptions): AsyncGenerator<RunOutput>;
}

/** Time for an answer beyond the seconds that it was asked to wait. */
const WAIT_MARGIN_MS = 10_000;

/** The calls about runs. */
export function runCalls(call: Call, stream: StreamDeps): RunCalls {
  const base = "/api/v1/runs";
  const one = (id: string) => `${base}/${part(id)}`;
  const keyed = ({ idempotencyKey = randomUUID() }: StartOptions) => ({
    headers: { "idempotency-key": idempotencyKey },
  });
  return {
    start(run, options = {}) {
      const headers = keyed(options);
      return repeat(() => call("POST /api/v1/runs", base, run, headers), stream.retryDelay);
    },
    list: (filter = {}, { limit = Infinity } = {}) =>
      collect(limit, async (page) => {
        const answer = await call("GET /api/v1/runs", `${base}${query({ ...filter, ...page })}`);
        return { items: answer.runs, next_cursor: answer.next_cursor };
      }),
    get: (id) => call("GET /api/v1/runs/{id}", one(id)),
    wait: (id, { seconds = 60, signal } = {}) =>
      call("GET /api/v1/runs/{id}/wait", `${one(id)}/wait${query({ seconds })}`, undefined, {
        signal,
        timeoutMs: seconds * 1_000 + WAIT_MARGIN_MS,
      }),
    cancel: (id) => call("POST /api/v1/runs/{id}/cancel", `${one(id)}/cancel`),
    retry(id, options = {}) {
      const headers = keyed(options);
      const send = () => call("POST /api/v1/runs/{id}/retry", `${one(id)}/retry`, undefined, headers);
      return repeat(send, stream.retryDelay);
    },
    result: (id) => call("GET /api/v1/runs/{id}/result", `${one(id)}/result`),
    logs: (id, page = {}) => call("GET /api/v1/runs/{id}/logs", `${one(id)}/logs${query({ ...page })}`),
    follow: (id, options) => followLogs(stream, id, options),
  };
}
