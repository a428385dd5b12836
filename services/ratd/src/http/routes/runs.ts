import { createHash } from "node:crypto";
import { Type, type Static } from "typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { RatError } from "../../errors.ts";
import type { SubmittedRun } from "../../runs/run-service.ts";
import { pipelineOf, RUN_STATES, RUN_TRIGGERS, type RunState } from "../../runs/run.ts";
import type { RunRequest } from "../../runs/run-submitter.ts";
import { onPipeline, onRun } from "../route-access.ts";
import { pageOf, pageQuery } from "../cursor.ts";
import type { App, HttpDeps } from "../deps.ts";
import { bodies, problems, shape } from "../schemas.ts";
import { attemptView, runView } from "../views/run-views.ts";

const runId = Type.Object({ id: Type.String({ pattern: "^[0-9a-f]{26}$" }) });
const listQuery = Type.Object({
  namespace: Type.Optional(Type.String({ maxLength: 63 })),
  layer: Type.Optional(Type.Enum(["bronze", "silver", "gold"])),
  pipeline: Type.Optional(Type.String({ maxLength: 63 })),
  state: Type.Optional(Type.String({ description: `Some of ${RUN_STATES.join(",")}.`, maxLength: 100 })),
  trigger: Type.Optional(Type.Enum([...RUN_TRIGGERS])),
  created_by: Type.Optional(Type.String({ maxLength: 512 })),
  ...pageQuery,
});
/** Longest time that one call waits for a run, seconds. */
const MAX_WAIT_SECONDS = 60;
/** Characters of an Idempotency-Key. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** Runs: start, list, look at, wait for, cancel, repeat. */
export function runRoutes(app: App, { runs }: HttpDeps): void {
  const tags = ["runs"];
  const access = (action: string) => async (request: FastifyRequest) => {
    const { id } = request.params as Static<typeof runId>;
    return onRun(action, id, pipelineOf(await runs.get(id)));
  };

  app.post(
    "/api/v1/runs",
    {
      config: {
        scope: "runs:execute",
        access: ({ body }) => {
          const { namespace = "default", ...run } = body as Static<typeof bodies.run>;
          return onPipeline("execute", pipelineOf({ ...run, namespace }));
        },
      },
      schema: {
        tags,
        summary: "Start a run; with an Idempotency-Key, a repeated request answers the same run",
        body: bodies.run,
        response: { 202: shape("Run"), ...problems },
      },
    },
    async (request, reply) => {
      const { body, rat } = request;
      const submitted = await runs.submit(
        {
          namespace: body.namespace ?? "default",
          layer: body.layer,
          pipeline: body.pipeline,
          version: body.version,
          env: body.env ?? {},
          priority: body.priority,
          idempotency: idempotencyOf(request),
        },
        rat,
      );
      return accept(reply, submitted);
    },
  );

  app.get(
    "/api/v1/runs",
    {
      config: { scope: "runs:read" },
      schema: {
        tags,
        summary: "List runs, newest first",
        querystring: listQuery,
        response: {
          200: Type.Object({
            runs: Type.Array(shape("Run")),
            next_cursor: Type.Union([Type.String(), Type.Null()]),
          }),
          ...problems,
        },
      },
    },
    async (request) => {
      const { query } = request;
      const { namespace, layer, pipeline, trigger, created_by: createdBy } = query;
      const filter = { namespace, layer, pipeline, trigger, createdBy, states: parseStates(query.state) };
      const page = pageOf(query, { filters: ["runs", filter], keys: [/^[0-9a-f]{26}$/] });
      const { items, next } = await runs.list(filter, page, request.rat);
      return { runs: items.map(runView), next_cursor: page.cursorAfter(next) };
    },
  );

  app.get(
    "/api/v1/runs/:id",
    {
      config: { scope: "runs:read", access: access("read") },
      schema: {
        tags,
        summary: "Show a run with its attempts",
        params: runId,
        response: {
          200: Type.Object({ run: shape("Run"), attempts: Type.Array(shape("RunAttempt")) }),
          ...problems,
        },
      },
    },
    async ({ params: { id } }) => {
      const { run, attempts } = await runs.getWithAttempts(id);
      return { run: runView(run), attempts: attempts.map(attemptView) };
    },
  );

  app.get(
    "/api/v1/runs/:id/wait",
    {
      config: { scope: "runs:read", access: access("read") },
      schema: {
        tags,
        summary: "Wait until a run has ended, or for the given seconds",
        params: runId,
        querystring: Type.Object({
          seconds: Type.Optional(
            Type.String({
              description: `At most ${MAX_WAIT_SECONDS}, default ${MAX_WAIT_SECONDS}.`,
              pattern: "^[0-9]{1,2}$",
            }),
          ),
        }),
        response: { 200: shape("Run"), ...problems },
      },
    },
    async ({ params: { id }, query: { seconds }, rat }) => {
      const limit = Math.min(MAX_WAIT_SECONDS, Number(seconds ?? MAX_WAIT_SECONDS));
      return runView(await runs.wait(id, limit * 1000, rat.signal));
    },
  );

  app.post(
    "/api/v1/runs/:id/cancel",
    {
      config: { scope: "runs:execute", access: access("execute") },
      schema: {
        tags,
        summary: "Cancel a run; one under way ends as soon as its executor has stopped it",
        params: runId,
        response: { 202: shape("Run"), ...problems },
      },
    },
    async ({ params: { id }, rat }, reply) => reply.code(202).send(runView(await runs.cancel(id, rat))),
  );

  app.post(
    "/api/v1/runs/:id/retry",
    {
      config: { scope: "runs:execute", access: access("execute") },
      schema: {
        tags,
        summary: "Run the same version with the same environment once more, as a new run",
        params: runId,
        response: { 202: shape("Run"), ...problems },
      },
    },
    async (request, reply) => {
      const { rat, params } = request;
      return accept(reply, await runs.retry(params.id, idempotencyOf(request), rat));
    },
  );

  app.get(
    "/api/v1/runs/:id/result",
    {
      config: { scope: "runs:read", access: access("read") },
      schema: {
        tags,
        summary: "Show what a run answered: for SQL its columns and first rows",
        params: runId,
        response: { 200: Type.Record(Type.String(), Type.Unknown()), ...problems },
      },
    },
    ({ params: { id } }) => runs.result(id),
  );
}

/** The answer to who started a run. */
function accept(reply: FastifyReply, { run, replayed }: SubmittedRun): FastifyReply {
  if (replayed) reply.header("idempotent-replay", "true");
  return reply.header("location", `/api/v1/runs/${run.id}`).code(202).send(runView(run));
}

/** The key of a request, tied to what it asks for. */
function idempotencyOf({ headers, body, url }: FastifyRequest): RunRequest["idempotency"] {
  const key = headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key !== "string" || !KEY.test(key)) {
    throw new RatError("bad_request", "Idempotency-Key must be 1 to 255 visible ASCII characters.");
  }
  const bodyHash = createHash("sha256")
    .update(`${url}\n${canonical(body)}`)
    .digest();
  return { key, bodyHash };
}

/** JSON with sorted keys: the same request in another order is the same request. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function parseStates(text: string | undefined): readonly RunState[] | undefined {
  if (text === undefined || text === "") return undefined;
  return text.split(",").map((name) => {
    const state = RUN_STATES.find((known) => known === name);
    if (state !== undefined) return state;
    throw new RatError(
      "bad_request",
      `"${name}" is no state of runs; the states are ${RUN_STATES.join(", ")}.`,
    );
  });
}
