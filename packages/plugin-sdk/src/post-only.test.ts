import { connect } from "node:http2";
import { text } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import { helloAuth } from "../examples/hello-auth.ts";
import { servePlugin } from "./serve-plugin.ts";

const plugin = await servePlugin(helloAuth(), {
  port: 0,
  signal: new AbortController().signal,
  logLevel: "error",
});
afterAll(() => plugin[Symbol.asyncDispose]());

const AUTHENTICATE = "/rat.auth.v1.AuthService/Authenticate";
const MESSAGE = `encoding=json&connect=v1&message=${encodeURIComponent('{"token":"demo-viewer"}')}`;

test.each([
  ["a message in the URL", `${AUTHENTICATE}?${MESSAGE}`, 405],
  ["none", AUTHENTICATE, 405],
  ["health", "/rat.plugin.v1.PluginService/HealthCheck?encoding=json&message={}", 405],
  ["a stream", "/rat.plugin.v1.PluginService/WatchHealth", 405],
  ["what changes something", "/rat.plugin.v1.PluginService/Configure?encoding=json&message={}", 405],
  ["a method that does not exist", "/rat.auth.v1.AuthService/Guess", 404],
  ["no method", "/", 404],
])("GET with %s is refused", async (_what, path, status) => {
  const response = await fetch(`${plugin.url}${path}`);
  expect([response.status, await response.text()]).toEqual([status, ""]);
});

test("GET is refused over HTTP/2 too, and POST served", async () => {
  const session = connect(plugin.url);
  const ask = async (method: string, path: string, body?: string): Promise<[number, string]> => {
    const stream = session.request({ ":method": method, ":path": path, "content-type": "application/json" });
    const answered = new Promise<number>((resolve) => {
      stream.once("response", (headers) => resolve(headers[":status"] ?? 0));
    });
    stream.end(body);
    return [await answered, await text(stream)];
  };
  try {
    expect(await ask("GET", `${AUTHENTICATE}?${MESSAGE}`)).toEqual([405, ""]);
    const [status, body] = await ask("POST", AUTHENTICATE, '{"token":"demo-viewer"}');
    expect([status, JSON.parse(body)]).toMatchObject([200, { userId: "bob" }]);
  } finally {
    session.close();
  }
});
