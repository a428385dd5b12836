import { Type } from "typebox";
import type { App, HttpDeps } from "../deps.ts";
import { shape } from "../schemas.ts";
import { featuresView, healthView } from "../views/status-views.ts";

/** /health, /health/live, /health/ready, /features, /metrics: open, and answered while ratd drains. */
export function statusRoutes(app: App, deps: HttpDeps): void {
  const startedAt = deps.clock.monotonic();
  const config = { open: true };
  const tags = ["status"];

  app.get(
    "/health",
    {
      config,
      schema: {
        tags,
        summary: "Health of the services, the plugins and the slots",
        response: { 200: shape("Health") },
      },
    },
    (request) => healthView(deps, request.rat.slots, deps.clock.monotonic() - startedAt),
  );
  app.get(
    "/health/live",
    { config, schema: { tags, summary: "Whether the process works", response: { 200: shape("Live") } } },
    () => ({ status: "ok" }),
  );
  app.get(
    "/health/ready",
    {
      config,
      schema: {
        tags,
        summary: "Whether ratd takes requests",
        response: { 200: shape("Live"), 503: shape("Live") },
      },
    },
    (_request, reply) => {
      if (deps.ready()) return { status: "ready" };
      void reply.code(503).header("retry-after", "1");
      return { status: "draining" };
    },
  );
  app.get(
    "/features",
    {
      config,
      schema: { tags, summary: "Which capabilities are active", response: { 200: shape("Features") } },
    },
    (request) => featuresView(deps, request.rat.slots),
  );
  app.get(
    "/metrics",
    {
      config,
      schema: {
        tags,
        summary: "Metrics for Prometheus",
        produces: ["text/plain"],
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) => {
      const { contentType, body } = await deps.metrics.scrape();
      return reply.type(contentType).send(body);
    },
  );
}
