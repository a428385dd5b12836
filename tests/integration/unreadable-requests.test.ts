import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type TestRatd } from "../support/test-ratd.ts";

let database: TestDatabase;
let rat: TestRatd;
beforeAll(async () => {
  database = await createTestDatabase();
  rat = await startTestRatd(database.connectionString);
});
afterAll(async () => {
  await rat[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** Sends bytes and reads until the connection ends. */
async function say(bytes: string, port = Number(new URL(rat.url).port)): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(bytes, "latin1");
  return text(socket.setEncoding("latin1"));
}

const start = "GET /health HTTP/1.1\r\nhost: a\r\n";

it.each([
  ["headers over 32 KiB", `${start}x-a: ${"y".repeat(33_000)}\r\n\r\n`, 431, "headers_too_large", "32768"],
  ["no HTTP", "this is no HTTP\r\n\r\n", 400, "bad_request", "not valid HTTP"],
  ["a header without a name", `${start}: x\r\n\r\n`, 400, "bad_request", "not valid HTTP"],
  [
    "two lengths",
    `${start}content-length: 1\r\ncontent-length: 2\r\n\r\nx`,
    400,
    "bad_request",
    "not valid HTTP",
  ],
  [
    "a path that is none",
    "GET /api/v1/plugins/%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    400,
    "bad_request",
    "path",
  ],
  [
    "a path with a part that is too long",
    `GET /api/v1/plugins/${"p".repeat(9000)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
    400,
    "bad_request",
    "path",
  ],
])(
  "%s is answered with a problem document, and the connection ends",
  async (_what, bytes, status, code, words) => {
    const said = await say(bytes);
    const [head = "", body = ""] = said.split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head.toLowerCase()).toContain("content-type: application/problem+json");
    const problem = JSON.parse(body) as Record<string, unknown>;
    expect(problem).toMatchObject({ status, code, type: `https://rat.dev/errors/${code}` });
    expect(problem["detail"]).toContain(words);
    expect(problem["request_id"]).toMatch(/./);
    expect((await rat.call("/health")).status).toBe(200);
  },
);

it.each(["address", "internalAddress"] as const)(
  "headers that do not come to their end within ten seconds end their connection (%s)",
  { timeout: 30_000 },
  async (which) => {
    const { port } = rat.ratd[which];
    const said = await say(start, port);
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
    if (which === "address") expect(said).toContain('"code":"request_timeout"');
  },
);
