import type { IncomingMessage, ServerResponse } from "node:http";
import { NAMESPACE, sampleRun, TRIGGER, type FakePipelines } from "./sample-pipelines.ts";

/** Answers the routes about namespaces, pipelines, triggers and runs; false when the route is another one. */
export function answerPipelines(
  state: FakePipelines,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): boolean {
  const { method = "GET" } = request;
  const url = new URL(request.url ?? "/", "http://ratd");
  const [, , , area = "", ...parts] = url.pathname.split("/");
  const send = (status: number, value?: unknown): true => {
    response.writeHead(status, {
      "content-type": status < 400 ? "application/json" : "application/problem+json",
    });
    response.end(value === undefined ? undefined : JSON.stringify(value));
    return true;
  };
  const missing = (what: string): true =>
    send(404, { code: "not_found", title: "Not found", detail: `There is no ${what}.` });
  const page = { next_cursor: null };
  if (!["namespaces", "pipelines", "triggers", "runs"].includes(area)) return false;
  if (state.refusal !== undefined && method !== "GET") {
    return send(state.refusal.status, { title: "Refused", ...state.refusal });
  }
  if (method === "DELETE") return send(204);
  if (area === "namespaces") {
    if (parts.length === 0)
      return send(200, method === "GET" ? { namespaces: [NAMESPACE], ...page } : NAMESPACE);
    const file = {
      path: decodeURIComponent(parts.slice(2).join("/")),
      size: Buffer.byteLength(body),
      modified_at: NAMESPACE.created_at,
    };
    if (parts[1] !== "files") return send(200, NAMESPACE);
    if (parts.length === 2) return send(200, { files: [{ ...file, path: "raw/a.csv" }], ...page });
    if (method === "PUT") return send(201, file);
    response.writeHead(200, { "content-type": "application/octet-stream" });
    response.end("content");
    return true;
  }
  if (area === "triggers") {
    if (parts.length === 0) return send(200, { triggers: state.triggers, ...page });
    return send(200, parts[1] === "fire" ? { run_id: "r" } : TRIGGER);
  }
  if (area === "runs") return answerRuns(state, method, parts, url, response, send, missing);

  const dryRun = url.searchParams.get("dry_run") === "true";
  const [pipeline] = state.pipelines;
  const plan = { dry_run: true, new_version: true, version: 1, published_version: 1 };
  const changes = [{ path: "/spec/sql", from: "SELECT 1", to: "SELECT 2\nFROM t" }];
  if (parts.length === 0 && method === "GET") return send(200, { pipelines: state.pipelines, ...page });
  if (parts.length === 0) return send(201, dryRun ? { ...plan, changes: [] } : pipelineOf(body));
  const found = state.pipelines.find(({ id }) => id === parts.slice(0, 3).join("/"));
  if (found === undefined || pipeline === undefined) return missing(parts.slice(0, 3).join("/"));
  if (parts[3] === "versions")
    return send(200, parts[4] === undefined ? { versions: [found.latest], ...page } : found.latest);
  if (parts[3] === "diff") return send(200, { from: 1, to: 2, changes });
  if (parts[3] === "triggers") return send(201, TRIGGER);
  if (method !== "PUT" || !dryRun) return send(200, found);
  return send(200, { ...plan, new_version: false, version: 2, changes: [], published_version: 1 });
}

function pipelineOf(body: string): object {
  const parsed: unknown = JSON.parse(body);
  return typeof parsed === "object" ? { id: "x", ...parsed, ...PLACEHOLDER } : PLACEHOLDER;
}

const PLACEHOLDER = {
  owner: "u-1",
  max_running: null,
  latest_version: 1,
  published_version: 1,
  created_at: NAMESPACE.created_at,
  updated_at: NAMESPACE.created_at,
  description: "",
  latest: {},
};

function answerRuns(
  state: FakePipelines,
  method: string,
  [id, verb]: readonly string[],
  url: URL,
  response: ServerResponse,
  send: (status: number, value?: unknown) => true,
  missing: (what: string) => true,
): true {
  if (id === undefined && method === "GET") return send(200, { runs: state.runs, next_cursor: null });
  if (id === undefined)
    return send(202, sampleRun({ state: "pending", reason: "", duration_ms: null, rows_written: null }));
  const run = state.runs.find((candidate) => candidate.id === id);
  if (run === undefined) return missing(`run ${id}`);
  if (verb === "wait") {
    state.onWait();
    return send(
      200,
      state.runs.find((candidate) => candidate.id === id),
    );
  }
  if (verb === "cancel" || verb === "retry") return send(202, run);
  if (verb === "result") return state.result === undefined ? missing("result") : send(200, state.result);
  if (verb !== "logs") return send(200, { run, attempts: [] });
  const offset = Number(url.searchParams.get("offset") ?? 0);
  if (url.searchParams.get("follow") !== "true") {
    const lines = state.lines.filter((line) => line.offset >= offset);
    return send(200, { attempt: 1, lines, next_offset: Math.max(offset, (lines.at(-1)?.offset ?? -1) + 1) });
  }
  const frames = state.lines.map(
    (line) => `id: ${line.attempt}:${line.offset}\nevent: line\ndata: ${JSON.stringify(line)}\n\n`,
  );
  const end = { state: run.state, reason: run.reason, exit_code: run.exit_code };
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(`retry: 1000\n\n${frames.join("")}`);
  // A run that goes on keeps its stream open.
  if (["success", "failed", "cancelled"].includes(run.state)) {
    response.end(`event: end\ndata: ${JSON.stringify(end)}\n\n`);
  }
  return true;
}
