import { randomUUID } from "node:crypto";
import type * as api from "./api-types.ts";
import { collect, part, query, type Call } from "./calls.ts";
import type { PipelineRef } from "./pipelines.ts";
import { repeat } from "./repeat.ts";

/** What starts runs without a person. */
export interface TriggerCalls {
  list(filter?: api.TriggerFilter, options?: api.ListOptions): Promise<readonly api.Trigger[]>;
  get(id: string): Promise<api.Trigger>;
  create(pipeline: PipelineRef, trigger: api.NewTrigger): Promise<api.TriggerSecrets>;
  pause(id: string): Promise<api.Trigger>;
  resume(id: string): Promise<api.Trigger>;
  /** Starts a run now; answers its id. Repeated under one key while no answer comes. */
  fire(id: string): Promise<string>;
  /** New token and secret for a webhook; the old ones end at once. */
  rotate(id: string): Promise<api.TriggerSecrets>;
  delete(id: string): Promise<void>;
}

/** The calls about triggers. */
export function triggerCalls(call: Call, retryDelay: (attempt: number) => number): TriggerCalls {
  const base = "/api/v1/triggers";
  return {
    list: (filter = {}, { limit = Infinity } = {}) =>
      collect(limit, async (page) => {
        const answer = await call("GET /api/v1/triggers", `${base}${query({ ...filter, ...page })}`);
        return { items: answer.triggers, next_cursor: answer.next_cursor };
      }),
    get: (id) => call("GET /api/v1/triggers/{id}", `${base}/${part(id)}`),
    create: ({ namespace, layer, name }, trigger) =>
      call(
        "POST /api/v1/pipelines/{namespace}/{layer}/{name}/triggers",
        `/api/v1/pipelines/${part(namespace)}/${part(layer)}/${part(name)}/triggers`,
        trigger,
      ),
    pause: (id) => call("POST /api/v1/triggers/{id}/pause", `${base}/${part(id)}/pause`),
    resume: (id) => call("POST /api/v1/triggers/{id}/resume", `${base}/${part(id)}/resume`),
    async fire(id) {
      const headers = { "idempotency-key": randomUUID() };
      const path = `${base}/${part(id)}/fire`;
      const send = () => call("POST /api/v1/triggers/{id}/fire", path, undefined, { headers });
      return (await repeat(send, retryDelay)).run_id;
    },
    rotate: (id) => call("POST /api/v1/triggers/{id}/rotate", `${base}/${part(id)}/rotate`),
    async delete(id) {
      await call("DELETE /api/v1/triggers/{id}", `${base}/${part(id)}`);
    },
  };
}
