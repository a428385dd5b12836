import { Type } from "typebox";
import { RatError } from "../../errors.ts";
import { pipelineOf, type Run } from "../../runs/run.ts";
import type { App, HttpDeps } from "../deps.ts";
import { LogTail, type LogPosition } from "../log-tail.ts";
import { aboutRun } from "../../access/question.ts";
import { credentialsOf } from "../layers/authenticate.ts";
import { problems, shape } from "../schemas.ts";
import { onRun } from "../route-access.ts";
import { endWhenRefused } from "../../access/still-allowed.ts";

const runId = Type.Object({ id: Type.String({ pattern: "^[0-9a-f]{26}$" }) });
const number = (description: string) => Type.Optional(Type.String({ description, pattern: "^[0-9]{1,12}$" }));
const logQuery = Type.Object({
  attempt: number("The attempt; default: the last one."),
  offset: number("The first line wanted, from 0."),
  limit: number("Lines of one page, at most 5000; default 1000."),
  follow: Type.Optional(
    Type.Enum(["true", "false"], { description: "As server-sent events until the run has ended." }),
  ),
});
const MAX_LINES = 5000;
const DEFAULT_LINES = 1000;

/** The output of runs: in pages, or live. */
export function runLogRoutes(app: App, deps: HttpDeps): void {
  const { runs, clock, config } = deps;
  const tails = new Set<LogTail>();
  app.addHook("preClose", (done) => {
    for (const tail of tails) tail.end();
    done();
  });

  app.get(
    "/api/v1/runs/:id/logs",
    {
      config: {
        scope: "runs:read",
        access: async ({ params }) => {
          const run = await runs.get((params as { id: string }).id);
          return onRun("read", run.id, pipelineOf(run));
        },
      },
      schema: {
        tags: ["runs"],
        summary: "Read the output of a run; with follow=true live, resuming after Last-Event-ID",
        params: runId,
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
    },
    async (request, reply) => {
      const { params, query } = request;
      const run = await runs.get(params.id);
      const attempt = query.attempt === undefined ? Math.max(1, run.attempt) : Number(query.attempt);
      const offset = Number(query.offset ?? 0);
      if (query.follow !== "true") {
        const limit = Math.min(MAX_LINES, Number(query.limit ?? DEFAULT_LINES));
        const page = await runs.logs.read(run.id, attempt, offset, limit);
        const lines = page.lines.map(({ at, ...line }) => ({
          attempt,
          ...line,
          at: new Date(at).toISOString(),
        }));
        return { attempt, lines, next_offset: page.next };
      }
      if (tails.size >= config.limits.eventClients) {
        throw new RatError(
          "rate_limited",
          `${tails.size} streams of output are open, the limit of this ratd.`,
          {
            retryAfterSeconds: 5,
          },
        );
      }
      const position = resumePosition(request.headers["last-event-id"]) ?? firstPosition(run, query, offset);
      reply.hijack();
      const headers = Object.fromEntries(
        Object.entries(reply.getHeaders()).filter(
          (entry): entry is [string, string] => typeof entry[1] === "string",
        ),
      );
      const { logs, watch } = runs;
      const tail = new LogTail(reply.raw, run, position, { store: runs, logs, watch, clock, headers });
      tails.add(tail);
      const release = endWhenRefused(
        deps,
        {
          credentials: credentialsOf(request),
          scopes: ["runs:read"],
          question: aboutRun("read", run.id, pipelineOf(run)),
        },
        request.rat,
        () => tail.end(),
      );
      reply.raw.once("close", () => {
        release();
        tail.end();
      });
      void tail.open().finally(() => tails.delete(tail));
      return reply;
    },
  );
}

/** All attempts from the first line on, unless one is asked for. */
function firstPosition(run: Run, query: { readonly attempt?: string }, offset: number): LogPosition {
  if (query.attempt === undefined) return { attempt: offset === 0 ? 1 : Math.max(1, run.attempt), offset };
  return { attempt: Number(query.attempt), offset };
}

/** The line after the one that a client saw last. */
function resumePosition(lastEventId: string | string[] | undefined): LogPosition | undefined {
  const match = typeof lastEventId === "string" ? /^(\d{1,6}):(\d{1,12})$/.exec(lastEventId) : null;
  return match === null ? undefined : { attempt: Number(match[1]), offset: Number(match[2]) + 1 };
}
