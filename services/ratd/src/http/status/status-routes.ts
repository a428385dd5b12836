import { Type } from "typebox";
import { route, type Route } from "../kit/route.ts";
import { shape } from "../schemas.ts";
import { featuresView, healthView } from "./status-views.ts";

const config = { open: true };
const tags = ["status"];

/** /health, /health/live, /health/ready, /features, /metrics: open, and answered while ratd drains. */
export const statusRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/health",
    config,
    schema: {
      tags,
      summary: "Health of the services, the plugins and the slots",
      response: { 200: shape("Health") },
    },
    handle: (services, { rat }) => healthView(services, rat.slots),
  }),
  route({
    method: "GET",
    url: "/health/live",
    config,
    schema: { tags, summary: "Whether the process works", response: { 200: shape("Live") } },
    handle: () => ({ status: "ok" }),
  }),
  route({
    method: "GET",
    url: "/health/ready",
    config,
    schema: {
      tags,
      summary: "Whether ratd takes requests, and has what it needs for them",
      response: { 200: shape("Live"), 503: shape("NotReady") },
    },
    handle({ ready, awaited }, _request, reply) {
      const missing = awaited();
      if (ready() && missing.length === 0) return { status: "ready" };
      void reply.code(503).header("retry-after", "1");
      return ready() ? { status: "starting", awaits: [...missing] } : { status: "draining" };
    },
  }),
  route({
    method: "GET",
    url: "/features",
    config,
    schema: { tags, summary: "Which capabilities are active", response: { 200: shape("Features") } },
    handle: (services, { rat }) => featuresView(services, rat.slots),
  }),
  route({
    method: "GET",
    url: "/metrics",
    config,
    schema: {
      tags,
      summary: "Metrics for Prometheus",
      produces: ["text/plain"],
      response: { 200: Type.String() },
    },
    async handle({ metrics }, _request, reply) {
      const { contentType, body } = await metrics.scrape();
      return reply.type(contentType).send(body);
    },
  }),
];
