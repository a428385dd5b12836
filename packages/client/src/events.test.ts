import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { createClient } from "./client.ts";
import { readEvents, type RatEvent } from "./events.ts";
import { answerJson, startTestServer, type TestServer } from "./test-server.ts";
import { Transport } from "./transport.ts";

/** A server whose n-th connection is served by the n-th handler; the last one serves all further. */
function startEventServer(
  ...connections: readonly ((response: ServerResponse) => void)[]
): Promise<TestServer> {
  let count = 0;
  return startTestServer((_, response) => {
    const serve = connections[Math.min(count, connections.length - 1)];
    count += 1;
    serve?.(response);
  });
}

function stream(...ids: readonly string[]): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(ids.map((id) => `id: ${id}\nevent: slot.active\ndata: {"object":"${id}"}\n\n`).join(""));
  };
}

function refuse(status: number): (response: ServerResponse) => void {
  return (response) => answerJson(response, status, { code: "some_code", detail: "no" });
}

async function take(events: AsyncIterable<RatEvent>, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const event of events) {
    ids.push(event.id);
    if (ids.length === count) break;
  }
  return ids;
}

test("a lost stream goes on after the last event seen, through refusals that pass", async () => {
  await using server = await startEventServer(stream("b-1", "b-2"), refuse(503), refuse(429), stream("b-3"));
  const retries: string[] = [];
  const client = createClient({ address: server.address, retryDelay: () => 0 });
  const events = client.events({ topics: ["slots", "plugins"], onRetry: (reason) => retries.push(reason) });
  expect(await take(events, 3)).toEqual(["b-1", "b-2", "b-3"]);
  expect(server.seen.map(({ url, headers }) => [url, headers["last-event-id"]])).toEqual([
    ["/api/v1/events?topics=slots,plugins", undefined],
    ["/api/v1/events?topics=slots,plugins", "b-2"],
    ["/api/v1/events?topics=slots,plugins", "b-2"],
    ["/api/v1/events?topics=slots,plugins", "b-2"],
  ]);
  expect(retries).toEqual(["the stream ended", "some_code: no", "some_code: no"]);
});

test("a reset is an event like any other, so that the caller reads its lists again", async () => {
  await using server = await startEventServer((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end('id: c-1\nevent: stream.reset\ndata: {"at":"now"}\n\n');
  });
  const events = createClient({ address: server.address }).events({ after: "b-9" });
  const first = await events.next();
  await events.return(undefined);
  expect(first.value).toEqual({ id: "c-1", type: "stream.reset", data: { at: "now" } });
  expect(server.seen[0]?.headers["last-event-id"]).toBe("b-9");
});

test.each([
  ["a refusal of the first connection", [refuse(503)]],
  ["a refusal that will not pass", [stream("b-1"), refuse(401)]],
  ["an answer that is no stream", [(response: ServerResponse) => answerJson(response, 200, {})]],
])("%s ends the iteration with its error", async (_, connections) => {
  await using server = await startEventServer(...connections);
  const events = createClient({ address: server.address, retryDelay: () => 0 }).events();
  await expect(take(events, 2)).rejects.toThrow(/some_code|instead of an event stream/u);
});

test("without reconnect the end of the connection is the end", async () => {
  await using server = await startEventServer(stream("b-1"));
  const events = createClient({ address: server.address }).events({ reconnect: false });
  expect(await take(events, 9)).toEqual(["b-1"]);
});

test("the caller's signal ends a stream that is open and silent", async () => {
  const stop = new AbortController();
  await using server = await startEventServer((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": open\n\n", () => stop.abort(new Error("enough")));
  });
  const events = createClient({ address: server.address }).events({ signal: stop.signal });
  await expect(take(events, 1)).rejects.toThrow("enough");
});

test("a connection that falls silent is given up and opened again", async () => {
  await using server = await startEventServer((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": open\n\n");
  }, stream("b-1"));
  const { address } = server;
  const transport = new Transport({ address, token: undefined, fetch, timeoutMs: 5_000 });
  const retries: string[] = [];
  const events = readEvents(
    { transport, address, retryDelay: () => 0, idleMs: 40 },
    { onRetry: (reason) => retries.push(reason) },
  );
  expect(await take(events, 1)).toEqual(["b-1"]);
  expect(retries[0]).toContain("silent for 40 ms");
});
