import { request } from "node:http";
import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../deps.ts";
import { limitBody } from "./body-limit.ts";
import { fromFastify, sendProblem } from "./problem.ts";

let app: App;
let limit: number;
beforeEach(async () => {
  limit = 100;
  app = fastify();
  app.setErrorHandler((error: Error, request, reply) => sendProblem(fromFastify(error), request, reply));
  app.post("/", { preParsing: limitBody(() => limit) }, ({ body }) => ({
    length: JSON.stringify(body).length,
  }));
  await app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => app.close());

/** Sends a JSON text of so many bytes, in pieces, with its length announced or not; answers the status and the rest. */
function send(bytes: number, how: "announced" | "chunked"): Promise<readonly [number, string]> {
  const { port } = app.server.address() as AddressInfo;
  const text = JSON.stringify("x".repeat(bytes - 2));
  const headers = {
    "content-type": "application/json",
    ...(how === "announced" ? { "content-length": bytes } : {}),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", method: "POST", headers }, (response) => {
      let answer = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
      response.on("end", () => resolve([response.statusCode ?? 0, answer]));
    });
    sent.on("error", reject);
    for (let at = 0; at < bytes; at += 40) sent.write(text.slice(at, at + 40));
    sent.end();
  });
}

describe.each(["announced", "chunked"] as const)("a body whose length is %s", (how) => {
  it("may be as long as the limit that is in force when it comes, and no longer", async () => {
    expect(await send(100, how)).toEqual([200, '{"length":100}']);
    const [status, answer] = await send(101, how);
    expect(status).toBe(413);
    expect(JSON.parse(answer)).toMatchObject({
      code: "payload_too_large",
      detail: "The body is larger than the 100 bytes that this ratd takes.",
    });
    limit = 200;
    expect(await send(200, how)).toEqual([200, '{"length":200}']);
  });
});
