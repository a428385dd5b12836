import { Type, type Static } from "typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { aboutRun } from "../../access/question.ts";
import { endWhenRefused } from "../../access/still-allowed.ts";
import { pipelineOf, type Run } from "../../runs/run.ts";
import type { HttpServices } from "../deps.ts";
import { countedAs } from "../kit/counted-as.ts";
import { onRun } from "../kit/route-access.ts";
import { route, type Route } from "../kit/route.ts";
import { hijack } from "../kit/server-sent-events.ts";
import { credentialsOf } from "../layers/authenticate.ts";
import { problems, shape } from "../schemas.ts";
import { LogTail, type LogPosition } from "./log-tail.ts";
import { logQuery, runParams } from "./runs-shapes.ts";
import { logLineView } from "./runs-views.ts";

const MAX_LINES = 5000;
const DEFAULT_LINES = 1000;

/** The output of runs: in pages, or live. */
export const runLogsRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/runs/:id/logs",
    config: {
      scope: "runs:read",
      async access({ params }, { runs }) {
        const run = await runs.get(params.id);
        return onRun("read", run.id, pipelineOf(run));
      },
    },
    schema: {
      tags: ["runs"],
      summary: "Read the output of a run; with follow=true live, resuming after Last-Event-ID",
      params: runParams,
      querystring: logQuery,
      response: {
        200: Type.Object({
          attempt: Type.Integer(),
          lines: Type.Array(shape("RunLogLine")),
          next_offset: Type.Integer({ description: "Where to read on." }),
        }),
        ...problems,
      },
    },
    async handle(services, request, reply) {
      const { params, query } = request;
      const run = await services.runs.get(params.id);
      const offset = Number(query.offset ?? 0);
      if (query.follow === "true") {
        services.logStreams.demandRoom(countedAs(request));
        const resumed = resumePosition(request.headers["last-event-id"]);
        openTail(services, run, resumed ?? firstPosition(run, query, offset), request, reply);
        return reply;
      }
      const attempt = query.attempt === undefined ? Math.max(1, run.attempt) : Number(query.attempt);
      const limit = Math.min(MAX_LINES, Number(query.limit ?? DEFAULT_LINES));
      const { lines, next } = await services.runs.logs.read(run.id, attempt, offset, limit);
      return { attempt, lines: lines.map((line) => logLineView(attempt, line)), next_offset: next };
    },
  }),
];

/** Sends the output live until the run has ended, the client has gone, or the caller may no longer see it. */
function openTail(
  services: HttpServices,
  run: Run,
  position: LogPosition,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { runs, clock, logStreams } = services;
  const { logs, watch } = runs;
  const headers = hijack(reply);
  const tail = new LogTail(reply.raw, run, position, { store: runs, logs, watch, clock, headers });
  logStreams.add(tail, countedAs(request));
  const right = {
    credentials: credentialsOf(request),
    scopes: ["runs:read"],
    question: aboutRun("read", run.id, pipelineOf(run)),
  } as const;
  const release = endWhenRefused(services, right, request.rat, () => tail.end());
  reply.raw.once("close", () => {
    release();
    tail.end();
  });
  void tail.open().finally(() => logStreams.delete(tail));
}

/** All attempts from the first line on, unless one is asked for. */
function firstPosition(run: Run, query: Static<typeof logQuery>, offset: number): LogPosition {
  if (query.attempt === undefined) return { attempt: offset === 0 ? 1 : Math.max(1, run.attempt), offset };
  return { attempt: Number(query.attempt), offset };
}

/** The line after the one that a client saw last. */
function resumePosition(lastEventId: string | string[] | undefined): LogPosition | undefined {
  const match = typeof lastEventId === "string" ? /^(\d{1,6}):(\d{1,12})$/.exec(lastEventId) : null;
  return match === null ? undefined : { attempt: Number(match[1]), offset: Number(match[2]) + 1 };
}
