import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import { startInternalServer } from "./internal-server.ts";

const server = await startInternalServer({
  listen: { host: "127.0.0.1", port: 0 },
  version: "1.2.3",
  ready: () => true,
  reports: {
    reportStatus: () => ({}),
    reportLogs: () => ({}),
    reportHeartbeat: () => ({}),
  },
});
afterAll(() => server[Symbol.asyncDispose]());

const LIMIT = 4 * 1024 * 1024;
const HEALTH = "/rat.plugin.v1.PluginService/HealthCheck";
const LOGS = "/rat.runner.v1.RunnerReportService/ReportLogs";

/** Asks by JSON. Resolves to the status and the body. */
async function ask(
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
  agent?: Agent,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = httpRequest(
    {
      ...server.address,
      path,
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      ...(agent === undefined ? {} : { agent }),
    },
    (response) => void text(response).then((said) => resolve(`${response.statusCode} ${said}`), reject),
  );
  request.on("error", reject).end(body);
  return promise;
}

test("a report that is too large is refused, and its connection serves the next", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let round = 0; round < 3; round++) {
      const large = JSON.stringify({ runId: "x".repeat(2 * LIMIT) });
      expect(await ask(LOGS, large, { "transfer-encoding": "chunked" }, agent)).toMatch(/^429 .*larger than/);
      expect(await ask(HEALTH, "{}", {}, agent)).toBe('200 {"status":"healthy"}');
    }
  } finally {
    agent.destroy();
  }
});

test.each(["a b", "["])("a Host that is none (%j) is refused, and others are served on", async (host) => {
  expect(await ask(HEALTH, "{}", { host })).toBe("400 ");
  expect(await ask(HEALTH, "{}")).toMatch(/^200/);
});

test("a request without a Host is refused, and others are served on", async () => {
  const socket = connect(server.address.port, server.address.host);
  socket.end(`POST ${HEALTH} HTTP/1.0\r\n\r\n`);
  const [answer] = await once(socket.setEncoding("latin1"), "data");
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(await ask(HEALTH, "{}")).toMatch(/^200/);
});
