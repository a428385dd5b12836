import { describe, expect, test } from "vitest";
import { ApiError } from "./api-error.ts";
import { createClient } from "./client.ts";
import { answerJson, startTestServer, type Handler } from "./test-server.ts";

const RUN = Object.fromEntries(
  [
    ..."id namespace layer pipeline version kind state reason isolation priority trigger trigger_id".split(
      " ",
    ),
    ..."upstream_run_id retry_of created_by attempt max_attempts timeout_seconds executor".split(" "),
    ..."cancel_requested exit_code rows_written created_at started_at finished_at duration_ms".split(" "),
  ].map((key) => [key, key]),
);
const WANTED = { layer: "gold", pipeline: "p" } as const;

/** A server, and a client of it that repeats at once. */
async function serve(handler: Handler) {
  const server = await startTestServer(handler);
  const client = createClient({ address: server.address, retryDelay: () => 1 });
  return { server, client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe("starting a run", () => {
  test("is repeated under one key until an answer comes", async () => {
    await using setup = await serve((_, response) => {
      const { length } = setup.server.seen;
      if (length === 1) response.destroy();
      else if (length === 2) answerJson(response, 503, { code: "draining", title: "", detail: "" });
      else answerJson(response, 202, RUN);
    });
    expect(await setup.client.runs.start(WANTED)).toEqual(RUN);
    const keys = setup.server.seen.map(({ headers }) => headers["idempotency-key"]);
    expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
    await setup.client.runs.start(WANTED);
    expect(setup.server.seen.at(-1)?.headers["idempotency-key"]).not.toBe(keys[0]);
    await setup.client.runs.start(WANTED, { idempotencyKey: "mine" });
    expect(setup.server.seen.at(-1)?.headers["idempotency-key"]).toBe("mine");
  });

  test.each([400, 409, 422, 429, 500])("is not repeated after %d", async (status) => {
    await using setup = await serve((_, response) =>
      answerJson(response, status, { code: "x", title: "", detail: "" }),
    );
    await expect(setup.client.runs.start(WANTED)).rejects.toBeInstanceOf(ApiError);
    expect(setup.server.seen).toHaveLength(1);
  });

  test("gives up after four attempts", async () => {
    await using setup = await serve((_, response) => response.destroy());
    await expect(setup.client.runs.start(WANTED)).rejects.toThrow("cannot reach ratd");
    expect(setup.server.seen).toHaveLength(4);
  });
});

describe("following output", () => {
  const line = (offset: number) =>
    `id: 1:${offset}\nevent: line\ndata: ${JSON.stringify({ attempt: 1, offset, at: "", level: "info", message: `m${offset}` })}\n\n`;

  test("resumes after the last line until the end comes", async () => {
    await using setup = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (setup.server.seen.length === 1) {
        response.write(line(0) + line(1));
        setImmediate(() => response.destroy());
      } else if (setup.server.seen.length === 2) response.end(": nothing yet\n\n");
      else response.end(`${line(2)}event: end\ndata: {"state":"failed","reason":"why","exit_code":3}\n\n`);
    });
    const items = await Array.fromAsync(setup.client.runs.follow("r/1", { attempt: 1 }));
    expect(items.map((item) => (item.type === "line" ? item.line.message : item))).toEqual([
      "m0",
      "m1",
      "m2",
      { type: "end", state: "failed", reason: "why", exit_code: 3 },
    ]);
    expect(setup.server.seen.map(({ url, headers }) => [url, headers["last-event-id"]])).toEqual([
      ["/api/v1/runs/r%2F1/logs?follow=true&attempt=1", undefined],
      ["/api/v1/runs/r%2F1/logs?follow=true&attempt=1", "1:1"],
      ["/api/v1/runs/r%2F1/logs?follow=true&attempt=1", "1:1"],
    ]);
  });

  test("of no run is an error", async () => {
    await using setup = await serve((_, response) =>
      answerJson(response, 404, { code: "not_found", title: "", detail: "" }),
    );
    await expect(Array.fromAsync(setup.client.runs.follow("x"))).rejects.toBeInstanceOf(ApiError);
  });
});

describe("a list", () => {
  const pages: Handler = ({ url }, response) => {
    const { searchParams } = new URL(url, "http://x");
    const begin = Number(searchParams.get("cursor") ?? 0);
    const size = Number(searchParams.get("limit"));
    const runs = Array.from({ length: Math.min(size, 450 - begin) }, (_, n) => ({ id: begin + n }));
    const next = begin + size;
    answerJson(response, 200, { runs, next_cursor: next < 450 ? String(next) : null });
  };

  test("goes through all pages with its filter", async () => {
    await using setup = await serve(pages);
    expect(await setup.client.runs.list({ state: "failed,running" })).toHaveLength(450);
    expect(setup.server.seen.map(({ url }) => url)).toEqual([
      "/api/v1/runs?state=failed%2Crunning&limit=200",
      "/api/v1/runs?state=failed%2Crunning&limit=200&cursor=200",
      "/api/v1/runs?state=failed%2Crunning&limit=200&cursor=400",
    ]);
  });

  test("stops at its limit", async () => {
    await using setup = await serve(pages);
    expect(await setup.client.runs.list({}, { limit: 210 })).toHaveLength(210);
    expect(setup.server.seen.map(({ url }) => url)).toEqual([
      "/api/v1/runs?limit=200",
      "/api/v1/runs?limit=10&cursor=200",
    ]);
  });
});

test("a file is sent and read as it is, and its path is kept apart from the query", async () => {
  await using setup = await serve(({ method }, response) => {
    if (method === "PUT") return answerJson(response, 201, { path: "raw/a?b.csv", size: 3, modified_at: "" });
    response.writeHead(200, { "content-type": "application/octet-stream" });
    response.end("abc");
  });
  const { files } = setup.client.namespaces;
  await files.upload("default", "raw/a?b.csv", new Blob(["a\u00FF"]));
  expect(setup.server.seen[0]).toMatchObject({
    method: "PUT",
    url: "/api/v1/namespaces/default/files/raw/a%3Fb.csv",
    body: "a\u00FF",
    headers: { "content-type": "application/octet-stream", "content-length": "3" },
  });
  const content = await files.download("default", "raw/a?b.csv", new AbortController().signal);
  expect(Buffer.concat(await Array.fromAsync(content)).toString()).toBe("abc");
});
