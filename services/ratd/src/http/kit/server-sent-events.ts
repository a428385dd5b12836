import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";

/** Time between two signs of life of a stream, milliseconds: below what proxies take for dead. */
export const KEEP_ALIVE_MS = 15_000;
/** When a client whose stream ended comes back, milliseconds. */
const RETRY_MS = 1000;

/** Takes a response out of Fastify's hands. Answers the headers that the layers have set for it. */
export function hijack(reply: FastifyReply): Readonly<Record<string, string>> {
  reply.hijack();
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );
}

/** Sends the head of a stream of events, with the headers given. */
export function beginEvents(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  response.writeHead(200, {
    ...headers,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  });
  response.write(`retry: ${RETRY_MS}\n\n`);
}
