import { Type } from "typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { RatError } from "../../errors.ts";
import { requestHash } from "../../runs/request-hash.ts";
import type { RunRequest } from "../../runs/run-submitter.ts";
import type { SubmittedRun } from "../../runs/run-service.ts";
import { pipelineOf, RUN_STATES, type RunState } from "../../runs/run.ts";
import type { HttpServices } from "../deps.ts";
import { nextCursor } from "../kit/cursor.ts";
import { idempotencyKeyOf } from "../kit/idempotency-key.ts";
import { onPipeline, onRun, type RouteAccess } from "../kit/route-access.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { MAX_WAIT_SECONDS, runParams, runsBodies as bodies, runsQuery, waitQuery } from "./runs-shapes.ts";
import { attemptView, runView } from "./runs-views.ts";

const tags = ["runs"];
const one = "/api/v1/runs/:id";
/** The sort key of a cursor: the id. */
const KEYS = [/^[0-9a-f]{26}$/];

/** Runs: start, list, look at, wait for, cancel, repeat. */
export const runsRoutes: readonly Route[] = [
  route({
    method: "POST",
    url: "/api/v1/runs",
    config: {
      scope: "runs:execute",
      access: ({ body: { namespace = "default", ...run } }) =>
        onPipeline("execute", pipelineOf({ ...run, namespace })),
    },
    schema: {
      tags,
      summary: "Start a run; with an Idempotency-Key, a repeated request answers the same run",
      body: bodies.run,
      response: { 202: shape("Run"), ...problems },
    },
    async handle({ runs }, request, reply) {
      const { namespace = "default", layer, pipeline, version, env = {}, priority } = request.body;
      const idempotency = idempotencyOf(request);
      const wanted = { namespace, layer, pipeline, version, env, priority, idempotency };
      return accept(reply, await runs.submit(wanted, request.rat));
    },
  }),
  route({
    method: "GET",
    url: "/api/v1/runs",
    config: { scope: "runs:read" },
    schema: {
      tags,
      summary: "List runs, newest first",
      querystring: runsQuery,
      response: {
        200: Type.Object({ runs: Type.Array(shape("Run")), next_cursor: nextCursor }),
        ...problems,
      },
    },
    async handle({ pages, runs }, { query, rat }) {
      const { namespace, layer, pipeline, trigger, created_by: createdBy } = query;
      const filter = { namespace, layer, pipeline, trigger, createdBy, states: parseStates(query.state) };
      const page = await pages.of(query, { filters: ["runs", filter], keys: KEYS });
      const { items, next } = await runs.list(filter, page, rat);
      return { runs: items.map(runView), next_cursor: page.cursorAfter(next) };
    },
  }),
  route({
    method: "GET",
    url: one,
    config: { scope: "runs:read", access: on("read") },
    schema: {
      tags,
      summary: "Show a run with its attempts",
      params: runParams,
      response: {
        200: Type.Object({ run: shape("Run"), attempts: Type.Array(shape("RunAttempt")) }),
        ...problems,
      },
    },
    async handle({ runs }, { params }) {
      const { run, attempts } = await runs.getWithAttempts(params.id);
      return { run: runView(run), attempts: attempts.map(attemptView) };
    },
  }),
  route({
    method: "GET",
    url: `${one}/wait`,
    config: { scope: "runs:read", access: on("read") },
    schema: {
      tags,
      summary: "Wait until a run has ended, or for the given seconds",
      params: runParams,
      querystring: waitQuery,
      response: { 200: shape("Run"), ...problems },
    },
    async handle({ runs }, { params, query, rat }) {
      const seconds = Math.min(MAX_WAIT_SECONDS, Number(query.seconds ?? MAX_WAIT_SECONDS));
      return runView(await runs.wait(params.id, seconds * 1000, rat.signal));
    },
  }),
  route({
    method: "POST",
    url: `${one}/cancel`,
    config: { scope: "runs:execute", access: on("execute") },
    schema: {
      tags,
      summary: "Cancel a run; one under way ends as soon as its executor has stopped it",
      params: runParams,
      response: { 202: shape("Run"), ...problems },
    },
    async handle({ runs }, { params, rat }, reply) {
      return reply.code(202).send(runView(await runs.cancel(params.id, rat)));
    },
  }),
  route({
    method: "POST",
    url: `${one}/retry`,
    config: { scope: "runs:execute", access: on("execute") },
    schema: {
      tags,
      summary: "Run the same version with the same environment once more, as a new run",
      params: runParams,
      response: { 202: shape("Run"), ...problems },
    },
    async handle({ runs }, request, reply) {
      const { params, rat } = request;
      return accept(reply, await runs.retry(params.id, idempotencyOf(request), rat));
    },
  }),
  route({
    method: "GET",
    url: `${one}/result`,
    config: { scope: "runs:read", access: on("read") },
    schema: {
      tags,
      summary: "Show what a run answered: for SQL its columns and first rows",
      params: runParams,
      response: { 200: Type.Record(Type.String(), Type.Unknown()), ...problems },
    },
    handle: ({ runs }, { params }) => runs.result(params.id),
  }),
];

/** What a route does with the run that its path names. */
function on(action: string) {
  return async (
    { params: { id } }: { readonly params: { readonly id: string } },
    { runs }: HttpServices,
  ): Promise<RouteAccess> => onRun(action, id, pipelineOf(await runs.get(id)));
}

/** The answer to who started a run. */
function accept(reply: FastifyReply, { run, replayed }: SubmittedRun): FastifyReply {
  if (replayed) reply.header("idempotent-replay", "true");
  return reply.header("location", `/api/v1/runs/${run.id}`).code(202).send(runView(run));
}

/** The key of a request, tied to what it asks for. */
function idempotencyOf(request: FastifyRequest): RunRequest["idempotency"] {
  const key = idempotencyKeyOf(request);
  if (key === undefined) return undefined;
  return { key, bodyHash: requestHash(request.url, request.body) };
}

function parseStates(text: string | undefined): readonly RunState[] | undefined {
  if (text === undefined || text === "") return undefined;
  return text.split(",").map((name) => {
    const state = RUN_STATES.find((known) => known === name);
    if (state !== undefined) return state;
    const known = RUN_STATES.join(", ");
    throw new RatError("bad_request", `"${name}" is no state of runs; the states are ${known}.`);
  });
}
