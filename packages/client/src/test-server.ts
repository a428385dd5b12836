import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** A request as a test server saw it. */
interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A real HTTP server for one test; `await using` closes it with all its connections. */
export interface TestServer extends AsyncDisposable {
  readonly address: string;
  readonly seen: readonly SeenRequest[];
}

/** Answers one request of a test. */
export type Handler = (request: SeenRequest, response: ServerResponse) => void;

/** Starts a server on a free loopback port. */
export async function startTestServer(handler: Handler): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const entry = { method, url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(entry);
      handler(entry, response);
    });
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : 0);
    });
  });
  return {
    address: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** Answers JSON; a status from 400 on as a problem document. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    "content-type": status < 400 ? "application/json; charset=utf-8" : "application/problem+json",
    "x-request-id": "req-1",
  });
  response.end(JSON.stringify(body));
}
