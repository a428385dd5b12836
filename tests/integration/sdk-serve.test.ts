import { readFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { Code, ConnectError, createClient, type Client, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { AuthService } from "@rat/contracts/auth";
import { PluginService } from "@rat/contracts/plugin";
import { servePlugin } from "@rat/plugin-sdk";
import { expect, test } from "vitest";
import { helloAuth } from "../../packages/plugin-sdk/examples/hello-auth.ts";
import { makeCertificates } from "../support/certificates.ts";
import { spawnFile, startPlugin } from "./sdk-process.ts";

const TINY = "packages/plugin-sdk/examples/tiny-auth.ts";
const HELLO = "packages/plugin-sdk/examples/hello-auth.ts";
const SLOW = "tests/integration/sdk-slow-auth.ts";

const limits = { defaultTimeoutMs: 10_000, readMaxBytes: 1024 * 1024 };

function pluginClient(baseUrl: string): Client<typeof PluginService> {
  return createClient(PluginService, createConnectTransport({ baseUrl, httpVersion: "2", ...limits }));
}

async function postJson(url: string, body: string): Promise<{ status: number; json: unknown }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return { status: response.status, json: await response.json() };
}

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => expect.fail("the call should fail"),
    (error: unknown) => ConnectError.from(error),
  );
}

test("a whole auth plugin fits in ten lines, and works", async () => {
  const source = readFileSync(new URL(`../../${TINY}`, import.meta.url), "utf8").trimEnd();
  expect(source.split("\n").length).toBeLessThanOrEqual(10);
  const plugin = await startPlugin(TINY, { RAT_PLUGIN_CONFIG: '{"token":"s3cret"}' });
  const call = `${plugin.url}/rat.auth.v1.AuthService/Authenticate`;
  expect(await postJson(call, '{"token":"s3cret"}')).toEqual({
    status: 200,
    json: { userId: "admin", roles: ["admin"] },
  });
  expect(await postJson(call, '{"token":"guess"}')).toEqual({
    status: 401,
    json: { code: "unauthenticated", message: "unknown token" },
  });
  expect(plugin.log()).not.toContain("s3cret");
});

test("one port speaks HTTP/1.1 and HTTP/2, Connect, gRPC and gRPC-web", async () => {
  const { url: baseUrl } = await startPlugin(HELLO);
  const transports: Transport[] = [
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false, ...limits }),
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true, ...limits }),
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false, ...limits }),
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true, ...limits }),
    createGrpcTransport({ baseUrl, ...limits }),
    createGrpcWebTransport({ baseUrl, httpVersion: "1.1", ...limits }),
  ];
  for (const transport of transports) {
    const client = createClient(AuthService, transport);
    expect((await client.authenticate({ token: "demo-viewer" })).userId).toBe("bob");
    expect((await failure(client.authenticate({ token: "no" }))).code).toBe(Code.Unauthenticated);
  }
});

test("a handler that ignores its deadline does not hold its caller", async () => {
  const { url } = await startPlugin(SLOW);
  const response = await fetch(`${url}/rat.auth.v1.AuthService/Authenticate`, {
    method: "POST",
    headers: { "content-type": "application/json", "connect-timeout-ms": "30" },
    body: "{}",
  });
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({ code: "deadline_exceeded" });
});

test("SIGTERM: health says draining, new calls are refused, the call in flight finishes, exit 0", async () => {
  const plugin = await startPlugin(SLOW);
  const { url: baseUrl } = plugin;
  const health = pluginClient(baseUrl);
  const auth = createClient(AuthService, createGrpcTransport({ baseUrl, ...limits }));
  const inFlight = auth.authenticate({ token: "t" });
  await plugin.logged("authenticating");
  const readings = health.watchHealth({})[Symbol.asyncIterator]();
  expect((await readings.next()).value).toMatchObject({ status: "healthy" });
  plugin.signal("SIGTERM");
  expect((await readings.next()).value).toMatchObject({ status: "degraded", message: "draining" });
  expect((await readings.next()).done).toBe(true);
  expect(await health.healthCheck({})).toMatchObject({ status: "degraded", message: "draining" });
  expect((await failure(auth.authenticate({ token: "t" }))).code).toBe(Code.Unavailable);
  plugin.signal("SIGUSR2");
  expect((await inFlight).userId).toBe("ada");
  expect(await plugin.exited).toBe(0);
});

test("a call that does not finish in time is ended, and the plugin exits with 0 all the same", async () => {
  const plugin = await startPlugin(SLOW, { DRAIN_MS: "50" });
  const auth = createClient(AuthService, createGrpcTransport({ baseUrl: plugin.url, ...limits }));
  const call = failure(auth.authenticate({ token: "t" }));
  await plugin.logged("authenticating");
  plugin.signal("SIGTERM");
  expect((await call).code).toBe(Code.Unavailable);
  expect(await plugin.exited).toBe(0);
});

test("WatchHealth tells each change", async () => {
  const plugin = await startPlugin(SLOW);
  const readings = pluginClient(plugin.url).watchHealth({})[Symbol.asyncIterator]();
  expect((await readings.next()).value).toMatchObject({ status: "healthy", message: "" });
  plugin.signal("SIGHUP");
  expect((await readings.next()).value).toMatchObject({ status: "degraded", message: "hung up" });
});

test("a port in use ends the start with 1 and names the port", async () => {
  const first = await startPlugin(HELLO);
  const second = spawnFile(HELLO, { RAT_PLUGIN_PORT: String(first.port) });
  expect(await second.exited).toBe(1);
  expect(second.log()).toContain(`cannot listen on port ${first.port} of 127.0.0.1: it is in use`);
});

test("a faulty configuration ends the start with 1 and names the field", async () => {
  const plugin = spawnFile(TINY, { RAT_PLUGIN_CONFIG: '{"token":["hunter2"]}' });
  expect(await plugin.exited).toBe(1);
  expect(plugin.log()).toContain("config.token: must be string");
  expect(plugin.log()).not.toContain("hunter2");
});

test("waits for Configure, refuses a faulty one naming the field, and works after a good one", async () => {
  const { url } = await startPlugin(TINY);
  const plugin = `${url}/rat.plugin.v1.PluginService`;
  const call = `${url}/rat.auth.v1.AuthService/Authenticate`;
  expect((await postJson(`${plugin}/HealthCheck`, "{}")).json).toEqual({
    status: "down",
    message: "waiting for its configuration",
  });
  expect(await postJson(call, '{"token":"t"}')).toMatchObject({ status: 503, json: { code: "unavailable" } });
  expect(await postJson(`${plugin}/Configure`, '{"config":{"tokn":"t"}}')).toMatchObject({
    status: 400,
    json: { code: "invalid_argument", message: expect.stringContaining("config.tokn: is not a known field") },
  });
  expect((await postJson(`${plugin}/Configure`, '{"config":{"token":"t"}}')).status).toBe(200);
  expect((await postJson(`${plugin}/HealthCheck`, "{}")).json).toEqual({ status: "healthy" });
  expect((await postJson(call, '{"token":"t"}')).status).toBe(200);
});

test("describes itself with the schema of its configuration", async () => {
  const { url } = await startPlugin(TINY);
  const described = await pluginClient(url).describe({});
  expect(described).toMatchObject({
    name: "tiny-auth",
    version: "0.1.0",
    contracts: ["rat.plugin.v1", "rat.auth.v1"],
    capabilities: ["configure", "watch_health"],
    configSchema: { required: ["token"], properties: { token: { type: "string", writeOnly: true } } },
  });
});

test("rubbish neither ends the process nor turns its health", async () => {
  const plugin = await startPlugin(HELLO);
  const send = async (text: string): Promise<string> => {
    const socket = connectSocket(plugin.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.end(text);
    let answer = "";
    for await (const chunk of socket.setEncoding("utf8")) answer += String(chunk);
    return answer;
  };
  await send("\u0000\u0001\u0002\r\n\r\n");
  await send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
  await send("PR");
  const path = "/rat.plugin.v1.PluginService/HealthCheck";
  const bad = `POST ${path} HTTP/1.1\r\nhost: [\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`;
  expect(await send(bad)).toMatch(/^HTTP\/1\.1 400 /);
  const large = createClient(AuthService, createGrpcTransport({ baseUrl: plugin.url, ...limits }));
  const refused = await failure(large.authenticate({ token: "x".repeat(5 * 1024 * 1024) }));
  expect(refused.code).toBe(Code.ResourceExhausted);
  expect(await pluginClient(plugin.url).healthCheck({})).toMatchObject({ status: "healthy" });
});

test("a served plugin drains and closes its port when disposed", async () => {
  const served = await servePlugin(helloAuth(), { port: 0, env: {}, logLevel: "silent" });
  expect((await pluginClient(served.url).healthCheck({})).status).toBe("healthy");
  const ours = process.listenerCount("SIGTERM");
  await served[Symbol.asyncDispose]();
  await expect(fetch(served.url)).rejects.toThrow("fetch failed");
  expect(process.listenerCount("SIGTERM")).toBe(ours - 1);
});

test("mutual TLS lets in only callers with a certificate, over HTTP/1.1 and HTTP/2", async (context) => {
  const files = makeCertificates();
  context.skip(files === undefined, "openssl is not installed");
  if (files === undefined) return;
  const { url: baseUrl } = await startPlugin(HELLO, {
    RAT_PLUGIN_TLS_CERT: files.cert,
    RAT_PLUGIN_TLS_KEY: files.key,
    RAT_PLUGIN_TLS_CA: files.ca,
  });
  expect(baseUrl).toMatch(/^https:/);
  const ca = readFileSync(files.ca);
  const nodeOptions = { ca, cert: readFileSync(files.cert), key: readFileSync(files.key) };
  for (const httpVersion of ["1.1", "2"] as const) {
    const known = createConnectTransport({ baseUrl, httpVersion, nodeOptions, ...limits });
    expect((await createClient(PluginService, known).healthCheck({})).status).toBe("healthy");
    const stranger = createConnectTransport({ baseUrl, httpVersion, nodeOptions: { ca }, ...limits });
    await failure(createClient(PluginService, stranger).healthCheck({}));
  }
});
