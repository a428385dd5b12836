import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { ConfigChange, Features, Health, Plugin, PluginDetail, Slot } from "@rat/client";
import { answerAccess } from "./fake-access-routes.ts";
import { answerAudit, type FakeAudit } from "./fake-audit-routes.ts";
import { answerPipelines } from "./fake-pipeline-routes.ts";
import type { FakeAccess } from "./sample-access.ts";
import type { FakePipelines } from "./sample-pipelines.ts";

/** What a fake ratd answers; tests change it between requests. */
export interface FakeState {
  health: Health;
  features: Features;
  slots: readonly Slot[];
  plugins: readonly PluginDetail[];
  /** How rat.yaml differs; undefined for a file that is refused. */
  config: readonly ConfigChange[] | undefined;
  ready: boolean;
  /** The token that is let in; undefined lets everybody in. */
  token: string | undefined;
  /** The frames of the event stream, which then stays open. */
  eventFrames: string;
  pipelines: FakePipelines;
  audit: FakeAudit;
  access: FakeAccess;
}

/** A real HTTP server that answers the documented shapes. `await using` closes it. */
export interface FakeRatd extends AsyncDisposable {
  readonly address: string;
  readonly state: FakeState;
  /** Method, path and body of every request. */
  readonly seen: readonly string[];
}

/** Starts a fake ratd on a free loopback port. */
export async function startFakeRatd(state: FakeState): Promise<FakeRatd> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      seen.push(`${request.method} ${request.url} ${body}`.trim());
      answer(state, request, response, body);
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : 0);
    });
  });
  return {
    address: `http://127.0.0.1:${port}`,
    state,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function answer(state: FakeState, request: IncomingMessage, response: ServerResponse, body: string): void {
  const url = new URL(request.url ?? "/", "http://ratd");
  const path = url.pathname;
  if (path === "/health") return json(response, 200, state.health);
  if (path === "/health/ready") {
    return json(response, state.ready ? 200 : 503, { status: state.ready ? "ready" : "starting" });
  }
  if (path === "/features") return json(response, 200, state.features);
  if (state.token !== undefined && request.headers.authorization !== `Bearer ${state.token}`) {
    return problem(response, 401, "unauthenticated", "This route needs a valid token.");
  }
  if (answerAccess(state.access, request, response)) return;
  if (path === "/api/v1/slots") return json(response, 200, { slots: state.slots, total: 5 });
  if (path === "/api/v1/plugins") {
    const plugins: readonly Plugin[] = state.plugins.filter(
      ({ slot, health }) =>
        (url.searchParams.get("slot") ?? slot) === slot &&
        (url.searchParams.get("health") ?? health) === health,
    );
    return json(response, 200, { plugins, total: plugins.length });
  }
  if (path === "/api/v1/config/diff" || path === "/api/v1/config/reload") {
    const { config } = state;
    if (config !== undefined) return json(response, 200, { changes: config, total: config.length });
    const lines = "rat.yaml:2:3 limits.rat: unknown key\nrat.yaml:4:1 listn: unknown key";
    return problem(response, 409, "reload_refused", lines);
  }
  if (path === "/api/v1/echo") return json(response, 200, JSON.parse(body));
  if (path === "/api/v1/nothing") return void response.writeHead(204).end();
  if (path === "/api/v1/events") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    return void response.write(state.eventFrames === "" ? ": open\n\n" : state.eventFrames);
  }
  if (answerAudit(state.audit, url, response)) return;
  if (answerPipelines(state.pipelines, request, response, body)) return;
  const name = path.split("/").at(-1);
  const one =
    state.slots.find((slot) => path === `/api/v1/slots/${slot.name}`) ??
    state.plugins.find((plugin) => path === `/api/v1/plugins/${plugin.id}`);
  if (one !== undefined) return json(response, 200, one);
  return problem(response, 404, "not_found", `There is no ${name}.`);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, code: string, detail: string): void {
  response.writeHead(status, { "content-type": "application/problem+json" });
  response.end(JSON.stringify({ code, title: `Title of ${code}`, status, detail, request_id: "req-1" }));
}
