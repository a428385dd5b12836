// Keeps a number of connections busy, one request at a time on each, and tells rate and latencies. Raw sockets, so that
// the generator can do more than any server here.
import { connect, type Socket } from "node:net";
import type { Load, LoadOptions } from "../support/load.ts";
import { readSpecification, tellReady } from "../support/specification.ts";

const { port, path, headers, connections, durationMs } = readSpecification<Required<LoadOptions>>({
  port: 0,
  path: "/",
  headers: {},
  connections: 1,
  durationMs: 100,
});
const fields = Object.entries({ host: `127.0.0.1:${port}`, ...headers });
const request = `GET ${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
const latencies: number[] = [];
const start = performance.now();
const end = start + durationMs;

try {
  await Promise.all(Array.from({ length: connections }, drive));
  tellReady(summary());
} catch (error) {
  tellReady({ error: `GET ${path}: ${String(error)}` });
}

/** Sends request after request on one connection until the time is over. */
function drive(): Promise<void> {
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
