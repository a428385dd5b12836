import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeCertificates } from "../support/certificates.ts";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { unusedAddress } from "../support/fake-plugin.ts";
import { listen } from "../support/hostile-peer.ts";
import { PluginProcess } from "../support/plugin-process.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RatdProcess } from "../support/ratd-process.ts";
import { call } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

/** What requests under way may take, and a second for the rest. */
const LIMIT_MS = 11_000;
/** What `main.ts` says when something was left that kept the process. */
const HELPED = "could not end by itself";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

interface Situation {
  readonly plugins?: Readonly<Record<string, object>>;
  readonly databaseUrl?: string;
}

async function start(stack: AsyncDisposableStack, { plugins = {}, databaseUrl }: Situation) {
  const ratd = stack.use(
    new RatdProcess({
      env: { DATABASE_URL: databaseUrl ?? database.connectionString },
      yaml: { plugins },
    }),
  );
  return { ratd, url: new URL(await ratd.url()) };
}

/** What an end in order comes to: in time, and without having to be helped. */
const IN_ORDER = { code: 0, signal: null, late: false, helped: false };

/** Asks it to end, and says how it did. */
async function ending(ratd: RatdProcess) {
  const asked = performance.now();
  const { code, signal } = await ratd.stop();
  const late = performance.now() - asked > LIMIT_MS;
  return { code, signal, late, helped: ratd.stderr.includes(HELPED) };
}

/** A plugin that answers some RPCs and takes the others without a word; `held` are the names of those. */
async function halfPlugin(stack: AsyncDisposableStack, answers: Readonly<Record<string, object>>) {
  const held: string[] = [];
  const peer = stack.use(
    await listen(
      "half a plugin",
      createHttpServer((request: IncomingMessage, response: ServerResponse) => {
        const name = request.url?.split("/").at(-1) ?? "";
        const answer = answers[name];
        if (answer === undefined) held.push(name);
        else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      }),
    ),
  );
  return { held, entry: { image: "rat/half:1", address: `127.0.0.1:${peer.port}` } };
}

const SLOW_BODY =
  "POST /api/v1/access/check HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n";
const HEALTHY = { HealthCheck: { status: "healthy" } };

it.each(["auto", "connect", "grpc"])(
  "ends while a plugin hangs in its health check (%s)",
  async (protocol) => {
    await using stack = new AsyncDisposableStack();
    const sockets: Socket[] = [];
    const peer = stack.use(
      await listen(
        "silent",
        createServer((socket) => void sockets.push(socket)),
      ),
    );
    const entry = { image: "rat/silent:1", address: `127.0.0.1:${peer.port}`, protocol };
    const { ratd } = await start(stack, { plugins: { auth: entry } });
    expect(sockets.length).toBeGreaterThan(0);
    expect(await ending(ratd)).toEqual(IN_ORDER);
  },
);

it.each(["connect", "grpc"])("ends while a plugin is stopped that was well (%s)", async (protocol) => {
  await using stack = new AsyncDisposableStack();
  const port = Number((await unusedAddress()).split(":")[1]);
  const plugin = stack.use(new PluginProcess("packages/plugin-sdk/examples/hello-auth.ts", port));
  await plugin.start();
  const health = { interval: "1s", timeout: "500ms" };
  const { ratd, url } = await start(stack, {
    plugins: { auth: { image: "rat/auth:1", address: plugin.address, protocol, health } },
  });
  plugin.signal("SIGSTOP");
  await until(async () => (await call(url.href, "/health")).json["fallback_active"] === true, {
    timeoutMs: 20_000,
  });
  expect(await ending(ratd)).toEqual(IN_ORDER);
});

it("ends while a plugin hangs in Configure", async () => {
  await using stack = new AsyncDisposableStack();
  const { held, entry } = await halfPlugin(stack, { ...HEALTHY, Describe: { name: "half" } });
  const { ratd } = await start(stack, { plugins: { auth: { ...entry, config: { a: 1 } } } });
  await until(() => held.includes("Configure"));
  expect(await ending(ratd)).toEqual(IN_ORDER);
});

it("ends while a plugin hangs in a stream", async () => {
  await using stack = new AsyncDisposableStack();
  const { held, entry } = await halfPlugin(stack, {
    ...HEALTHY,
    Describe: { name: "half", capabilities: ["watch_health"] },
  });
  const { ratd } = await start(stack, { plugins: { auth: entry } });
  await until(() => held.includes("WatchHealth"));
  expect(await ending(ratd)).toEqual(IN_ORDER);
});

it("ends while a plugin hangs in a call that somebody waits for", async () => {
  await using stack = new AsyncDisposableStack();
  const { held, entry } = await halfPlugin(stack, { ...HEALTHY, Describe: { name: "half" } });
  const { ratd, url } = await start(stack, {
    plugins: { auth: { ...entry, timeout: { rpc: "60s" } } },
  });
  const asked = fetch(new URL("/api/v1/me", url), { headers: { authorization: "Bearer t" } }).catch(String);
  await until(() => held.includes("Authenticate"));
  expect(await ending(ratd)).toEqual(IN_ORDER);
  await asked;
});

it("ends while it dials a plugin that says nothing to its TLS", async (context) => {
  const files = makeCertificates();
  context.skip(files === undefined, "openssl is not installed");
  await using stack = new AsyncDisposableStack();
  const peer = stack.use(
    await listen(
      "silent",
      createServer((socket) => void socket.resume()),
    ),
  );
  const tls = { ca: files?.ca, cert: files?.cert, key: files?.key };
  const entry = { image: "rat/silent:1", address: `127.0.0.1:${peer.port}`, tls, timeout: { dial: "60s" } };
  const { ratd } = await start(stack, { plugins: { auth: entry } });
  expect(await ending(ratd)).toEqual(IN_ORDER);
});

it.each([
  ["hangs", false],
  ["hangs, and a client sends a body slowly", true],
])("ends while the database %s", async (_what, slow) => {
  await using stack = new AsyncDisposableStack();
  const proxy = stack.use(await createFaultProxy({ target: { path: database.socketPath } }));
  const through = new URL(database.connectionString);
  through.searchParams.delete("host");
  through.host = `127.0.0.1:${proxy.port}`;
  const { ratd, url } = await start(stack, { databaseUrl: through.href });
  await until(async () => (await fetch(new URL("/health/ready", url))).status === 200);
  await proxy.mode("blackhole");
  if (slow) (await dialled(stack, url)).write(`${SLOW_BODY}{`);
  expect(await ending(ratd)).toEqual(IN_ORDER);
});

it("ends while clients of the event stream do not read", async () => {
  await using stack = new AsyncDisposableStack();
  const { ratd, url } = await start(stack, {});
  const sockets = await Promise.all(Array.from({ length: 5 }, () => dialled(stack, url)));
  for (const socket of sockets) {
    socket.write("GET /api/v1/events HTTP/1.1\r\nhost: a\r\n\r\n");
    await once(socket, "data");
    socket.pause();
  }
  expect(await ending(ratd)).toEqual(IN_ORDER);
});

it.each([
  ["headers", "GET /health HTTP/1.1\r\nhost: a\r\nx-slow: "],
  ["a body", SLOW_BODY],
])("ends while a client sends %s slowly", async (_what, beginning) => {
  await using stack = new AsyncDisposableStack();
  const { ratd, url } = await start(stack, {});
  const socket = await dialled(stack, url);
  socket.write(beginning);
  const dripping = setInterval(() => socket.write(" "), 100);
  stack.defer(() => clearInterval(dripping));
  expect(await ending(ratd)).toEqual(IN_ORDER);
});

it("ends while a client of the internal listener sends headers slowly", async () => {
  await using stack = new AsyncDisposableStack();
  const { ratd } = await start(stack, {});
  const internal = /"internal":"([^"]+)"/.exec(ratd.stderr)?.[1] ?? expect.fail();
  const socket = await dialled(stack, new URL(`http://${internal}`));
  socket.write("POST / HTTP/1.1\r\nhost: a\r\n");
  expect(await ending(ratd)).toEqual(IN_ORDER);
});

async function dialled(stack: AsyncDisposableStack, { hostname, port }: URL): Promise<Socket> {
  const socket = connect(Number(port), hostname).on("error", () => undefined);
  stack.defer(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}
