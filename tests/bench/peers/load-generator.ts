// Keeps a number of connections busy, one request at a time on each, and tells rate and latencies. Raw sockets, so that
// the generator can do more than any server here.
import { connect, type Socket } from "node:net";
import type { Load, LoadOptions } from "../support/load.ts";
import { readSpecification, tellReady } from "../support/specification.ts";

const { port, path, headers, body, connections, durationMs } = readSpecification<Required<LoadOptions>>({
  port: 0,
  path: "/",
  headers: {},
  body: "",
  connections: 1,
  durationMs: 100,
});
const sent = body === "" ? {} : { "content-type": "application/json", "content-length": String(body.length) };
const fields = Object.entries({ host: `127.0.0.1:${port}`, ...headers, ...sent });
const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
const method = body === "" ? "GET" : "POST";
const template = `${method} ${path} HTTP/1.1\r\n${lines}\r\n${body}`;
const latencies: number[] = [];
const start = performance.now();
const end = start + durationMs;

try {
  await Promise.all(Array.from({ length: connections }, (_, connection) => drive(connection)));
  tellReady(summary());
} catch (error) {
  tellReady({ error: `${method} ${path}: ${String(error)}` });
}

/** Sends request after request on one connection until the time is over. */
function drive(connection: number): Promise<void> {
  const request = template.replaceAll("{connection}", String(connection));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  let received = "";
  let sentAt = 0;
  const send = () => {
    sentAt = performance.now();
    socket.write(request, "latin1");
  };
  socket.setEncoding("latin1");
  socket.once("connect", send);
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("the server closed the connection")));
  socket.on("data", (chunk: string) => {
    received = received === "" ? chunk : received + chunk;
    const length = wholeLength(received);
    if (length === undefined || received.length < length) return;
    if (!received.startsWith("HTTP/1.1 200")) return fail(socket, reject, received.slice(0, 200));
    received = "";
    const now = performance.now();
    latencies.push(now - sentAt);
    if (now < end) return send();
    resolve();
    socket.destroy();
  });
  return promise;
}

/** Length of head and body of the answer; undefined while the head is incomplete. */
function wholeLength(received: string): number | undefined {
  const head = received.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(received)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${received.slice(0, 200)}`);
  return head + 4 + Number(length);
}

function fail(socket: Socket, reject: (error: Error) => void, answer: string): void {
  reject(new Error(`not 200: ${answer}`));
  socket.destroy();
}

function summary(): Load {
  const seconds = (performance.now() - start) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { requestsPerSecond: sorted.length / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}
