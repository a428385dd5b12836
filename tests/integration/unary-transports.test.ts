import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { connect, createServer, Socket, type Server } from "node:net";
import { gzipSync } from "node:zlib";
import { create, toBinary, type MessageShape } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";
import { AuthService } from "@rat/contracts/auth";
import { PluginService } from "@rat/contracts/plugin";
import { servePlugin } from "@rat/plugin-sdk";
import { afterEach, describe, expect, it } from "vitest";
import { helloAuth } from "../../packages/plugin-sdk/examples/hello-auth.ts";
import { classifyFailure } from "../../services/ratd/src/platform/connection/failure.ts";
import { openTransport } from "../../services/ratd/src/platform/connection/wire.ts";
import { unusedAddress } from "../support/fake-plugin.ts";
import { listen, type HostilePeer } from "../support/hostile-peer.ts";
import { until } from "../support/until.ts";

const TIMEOUT_MS = 400;
const READ_MAX_BYTES = 4 * 1024 * 1024;
const NOT_FOUND = -1;

/** The transport of the RPC library and ours: whatever holds for one must hold for the other. */
const TRANSPORTS: Readonly<Record<string, (port: number, stack: DisposableStack) => Transport>> = {
  "connect-node": (port) =>
    createConnectTransport({
      baseUrl: `http://127.0.0.1:${port}`,
      httpVersion: "1.1",
      defaultTimeoutMs: TIMEOUT_MS,
      readMaxBytes: READ_MAX_BYTES,
      writeMaxBytes: READ_MAX_BYTES,
      acceptCompression: [],
    }),
  "ratd's own": (port, stack) => {
    const opened = openTransport({
      wire: { protocol: "connect", encoding: "proto", http: "1.1" },
      authority: { host: "127.0.0.1", port },
      secure: false,
      rpcTimeoutMs: TIMEOUT_MS,
      dial: () => connect({ host: "127.0.0.1", port }).on("error", () => undefined),
    });
    stack.defer(() => opened.close());
    return opened.transport;
  },
};

/** An answer in bytes, as a server that knows no framework writes it. */
const answer = (head: string, body: string | Uint8Array = "") =>
  Buffer.concat([Buffer.from(`HTTP/1.1 ${head.replaceAll("\n", "\r\n")}\r\n\r\n`), Buffer.from(body)]);
const identity = (userId: string) =>
  toBinary(
    AuthService.method.authenticate.output,
    create(AuthService.method.authenticate.output, { userId }),
  );
const OK = "200 OK\ncontent-type: application/proto\ncontent-length:";

/** Serves by hand: `act` gets each request once its head and body are in. */
function raw(act: (socket: Socket, request: string, count: number) => void): Server {
  let count = 0;
  return createServer((socket) => {
    let received = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      received += chunk;
      const head = received.indexOf("\r\n\r\n");
      if (head === NOT_FOUND) return;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (received.length < head + 4 + length) return;
      const request = received;
      received = "";
      act(socket, request, count++);
    });
  });
}

async function failure(call: Promise<unknown>) {
  const reason: unknown = await call.then(
    () => expect.fail("the call should fail"),
    (error: unknown) => error,
  );
  expect(reason).toBeInstanceOf(ConnectError);
  return { error: ConnectError.from(reason), kind: classifyFailure(reason).kind };
}

describe.each(Object.entries(TRANSPORTS))("the transport %s", (_name, open) => {
  const cleanups: AsyncDisposableStack[] = [];
  afterEach(async () => {
    for (const one of cleanups.splice(0)) await one.disposeAsync();
  });
  async function towards(server: Server) {
    const cleanup = new AsyncDisposableStack();
    cleanups.push(cleanup);
    const peer: HostilePeer = cleanup.use(await listen("peer", server));
    const transports = cleanup.adopt(new DisposableStack(), (stack) => stack.dispose());
    const transport = open(peer.port, transports);
    return { client: createClient(AuthService, transport), transport, port: peer.port };
  }
  const towardsRoutes = (authenticate: Parameters<typeof routesOf>[0]) =>
    towards(createHttpServer(routesOf(authenticate)));

  it("brings request and answer across, with headers and trailers both ways", async () => {
    const { client } = await towardsRoutes(({ token }, context) => {
      context.responseHeader.set("x-seen", context.requestHeader.get("x-request-id") ?? "");
      context.responseHeader.append("x-many", "1");
      context.responseHeader.append("x-many", "2");
      context.responseTrailer.set("x-after", context.requestHeader.get("traceparent") ?? "");
      return { userId: `user-${token}`, roles: ["a", "b"], expiresAt: 7n };
    });
    let header = new Headers();
    let trailer = new Headers();
    const options = {
      headers: { "x-request-id": "r1", traceparent: "t1" },
      onHeader: (got: Headers) => (header = got),
      onTrailer: (got: Headers) => (trailer = got),
    };
    const got = await client.authenticate({ token: "zoë" }, options);
    expect(got).toMatchObject({ userId: "user-zoë", roles: ["a", "b"], expiresAt: 7n, email: "" });
    expect([header.get("x-seen"), header.get("x-many")]).toEqual(["r1", "1, 2"]);
    expect([trailer.get("x-after"), header.get("trailer-x-after")]).toEqual(["t1", null]);
  });

  it("takes headers as an object, as pairs and as Headers", async () => {
    const { client } = await towardsRoutes((_request, { requestHeader }) => ({
      userId: requestHeader.get("x-one") ?? "",
    }));
    for (const headers of [
      { "x-one": "1" },
      [["x-one", "1"]] as [string, string][],
      new Headers({ "x-one": "1" }),
    ])
      expect((await client.authenticate({}, { headers })).userId).toBe("1");
  });

  it("writes the protocol's own fields itself, whatever the caller's headers say", async () => {
    const seen: string[] = [];
    const { client } = await towards(
      raw((socket, request) => {
        seen.push(request.toLowerCase());
        socket.write(answer(`${OK} 0`));
      }),
    );
    const headers = { "content-type": "text/html", "connect-protocol-version": "9" };
    await client.authenticate({ token: "t" }, { headers, timeoutMs: 321 });
    const [request = ""] = seen;
    expect(request.match(/^content-type: .*$/gm)).toEqual(["content-type: application/proto"]);
    expect(request.match(/^connect-protocol-version: .*$/gm)).toEqual(["connect-protocol-version: 1"]);
    expect(request).toMatch(/^post \/rat\.auth\.v1\.authservice\/authenticate http\/1\.1\r\n/);
    expect(request).toContain("connect-timeout-ms: 321\r\n");
    expect(request).toMatch(/^host: 127\.0\.0\.1:\d+$/m);
  });

  it("sends no header that breaks out of its line", async () => {
    const { client } = await towardsRoutes(() => ({ userId: "u" }));
    const injected = { headers: { "x-request-id": "a\r\nx-evil: 1" } };
    await expect(client.authenticate({}, injected)).rejects.toThrow(/header/i);
    expect((await client.authenticate({})).userId).toBe("u");
  });

  it("reads an error with its details and metadata", async () => {
    const detail = create(AnySchema, { typeUrl: "x/y", value: new Uint8Array([1, 2]) });
    const { client } = await towardsRoutes(() => {
      throw new ConnectError("no such user", Code.NotFound, { "x-hint": "h" }, [
        { desc: AnySchema, value: detail },
      ]);
    });
    const { error, kind } = await failure(client.authenticate({}));
    expect([error.code, error.rawMessage, kind]).toEqual([Code.NotFound, "no such user", "answer"]);
    expect(error.metadata.get("x-hint")).toBe("h");
    expect(error.findDetails(AnySchema)).toMatchObject([{ typeUrl: "x/y" }]);
  });

  it.each([
    ["404 Not Found\ncontent-length: 0", Code.Unimplemented, "answer"],
    ["503 Unavailable\ncontent-length: 0", Code.Unavailable, "broken"],
    ["302 Found\nlocation: http://127.0.0.1:1/\ncontent-length: 0", Code.Unknown, "broken"],
    ["500 Oops\ncontent-type: text/plain\ncontent-length: 4", Code.Unknown, "broken"],
    ["401 No\ncontent-type: application/json\ncontent-length: 4", Code.Unauthenticated, "answer"],
    ["200 OK\ncontent-type: text/html\ncontent-length: 4", Code.Unknown, "malformed"],
    ["200 OK\ncontent-type: application/json\ncontent-length: 4", Code.Internal, "malformed"],
    ["200 OK\ncontent-length: 4", Code.Unknown, "malformed"],
    [
      `200 OK\ncontent-type: application/proto\ncontent-encoding: br\ncontent-length: 4`,
      Code.Internal,
      "malformed",
    ],
  ])("reads %j as an error", async (head, code, kind) => {
    const { client } = await towards(
      raw((socket) => socket.write(answer(head, "oops".slice(0, lengthIn(head))))),
    );
    const failed = await failure(client.authenticate({}));
    expect([failed.error.code, failed.kind]).toEqual([code, kind]);
  });

  it("refuses a compressed answer, which it did not ask for", async () => {
    const body = gzipSync(identity("u"));
    const { client } = await towards(
      raw((socket) => socket.write(answer(`${OK} ${body.length}\ncontent-encoding: gzip`, body))),
    );
    const { error, kind } = await failure(client.authenticate({}));
    expect([error.code, kind]).toEqual([Code.Internal, "malformed"]);
  });

  it("reads an empty body as the empty message, and skips fields that it does not know", async () => {
    const unknown = Buffer.concat([identity("u"), Buffer.from([0xfa, 0x3f, 1, 0x78])]);
    const { client } = await towards(
      raw((socket, _request, count) =>
        socket.write(count === 0 ? answer(`${OK} 0`) : answer(`${OK} ${unknown.length}`, unknown)),
      ),
    );
    expect((await client.authenticate({})).userId).toBe("");
    expect((await client.authenticate({})).userId).toBe("u");
  });

  it("reads chunks, single bytes, answers before which others come, and one that ends with its connection", async () => {
    const message = identity("user");
    const chunks = [...message].map((byte) => `1\r\n${String.fromCodePoint(byte)}\r\n`).join("");
    const chunked = answer(
      "200 OK\ncontent-type: application/proto\ntransfer-encoding: chunked",
      Buffer.from(`${chunks}0\r\n\r\n`, "latin1"),
    );
    const whole = answer(`${OK} ${message.length}`, message);
    const early = Buffer.concat([answer("103 Early Hints\nlink: <x>"), whole]);
    const untilClosed = answer("200 OK\ncontent-type: application/proto\nconnection: close", message);
    const answers: ((socket: Socket) => void)[] = [
      (socket) => socket.write(chunked),
      (socket) => void byteByByte(socket, whole),
      (socket) => socket.write(early),
      (socket) => socket.end(untilClosed),
    ];
    const { client } = await towards(raw((socket, _request, count) => answers[count]?.(socket)));
    for (const _answer of answers) expect((await client.authenticate({})).userId).toBe("user");
  });

  it("refuses garbage of the right content type", async () => {
    const { client } = await towards(
      raw((socket) => socket.write(answer(`${OK} 4`, "\u00ff\u00ff\u00ff\u00ff".slice(0, 2)))),
    );
    expect((await failure(client.authenticate({}))).kind).toBe("malformed");
  });

  it("refuses bytes that are no HTTP", async () => {
    const { client } = await towards(raw((socket) => socket.write(Buffer.alloc(64, 0xfe))));
    expect((await failure(client.authenticate({}))).kind).toBe("malformed");
  });

  it("refuses a head without end", async () => {
    const { client } = await towards(
      raw((socket) => socket.write(answer(`200 OK\nx-flood: ${"y".repeat(40_000)}\ncontent-length: 0`))),
    );
    expect((await failure(client.authenticate({}))).kind).toBe("malformed");
  });

  it.each([
    ["announced", answer(`${OK} ${READ_MAX_BYTES + 1}`)],
    ["sent", answer("200 OK\ncontent-type: application/proto", Buffer.alloc(READ_MAX_BYTES + 1))],
  ])("refuses an answer over the limit, %s", async (_how, bytes) => {
    const { client } = await towards(raw((socket) => socket.write(bytes)));
    const { error, kind } = await failure(client.authenticate({}));
    expect([error.code, kind]).toEqual([Code.ResourceExhausted, "malformed"]);
  });

  it("does not send a message over the limit", async () => {
    const { client } = await towardsRoutes(() => ({ userId: "u" }));
    const { error, kind } = await failure(client.authenticate({ token: "x".repeat(READ_MAX_BYTES) }));
    expect([error.code, kind]).toEqual([Code.ResourceExhausted, "oversized"]);
  });

  it.each([
    ["says nothing", () => undefined],
    ["answers with half a head", (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-")],
    ["drips", (socket: Socket) => drip(socket)],
    ["lets the answer wait for its rest", (socket: Socket) => socket.write(answer(`${OK} 9`, "half"))],
  ])("ends at the deadline when the peer %s, and the next call is not harmed", async (_how, act) => {
    const message = identity("next");
    const { client } = await towards(
      raw((socket, _request, count) =>
        count === 0 ? act(socket) : socket.write(answer(`${OK} ${message.length}`, message)),
      ),
    );
    const { error, kind } = await failure(client.authenticate({}, { timeoutMs: 60 }));
    expect([error.code, kind]).toEqual([Code.DeadlineExceeded, "timeout"]);
    expect((await client.authenticate({})).userId).toBe("next");
  });

  it.each([
    ["closes before it answers", (socket: Socket) => socket.end()],
    ["resets before it answers", (socket: Socket) => socket.resetAndDestroy()],
    ["closes in the middle of a body", (socket: Socket) => socket.end(answer(`${OK} 1000`, "short"))],
    [
      "closes in the middle of its last body",
      (socket: Socket) => socket.end(answer(`${OK} 1000\nconnection: close`, "short")),
    ],
  ])("says that the connection closed when the peer %s", async (_how, act) => {
    const { client } = await towards(raw((socket) => act(socket)));
    expect((await failure(client.authenticate({}))).kind).toBe("closed");
  });

  it("says that nobody listens", async () => {
    using stack = new DisposableStack();
    const [host, port] = (await unusedAddress()).split(":");
    const client = createClient(AuthService, open(Number(port), stack));
    const { error, kind } = await failure(client.authenticate({}));
    expect([host, error.code, kind]).toEqual(["127.0.0.1", Code.Unavailable, "refused"]);
  });

  it("ends only the call whose caller aborts, before it is sent and while it is under way", async () => {
    let arrived = 0;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { client } = await towardsRoutes(async ({ token }, { signal }) => {
      arrived++;
      if (token === "abort") await once(signal, "abort");
      else await released;
      return { userId: token };
    });
    const before = await failure(client.authenticate({}, { signal: AbortSignal.abort() }));
    expect([before.error.code, before.kind, arrived]).toEqual([Code.Canceled, "canceled", 0]);
    const controller = new AbortController();
    const other = client.authenticate({ token: "other" });
    const aborted = failure(client.authenticate({ token: "abort" }, { signal: controller.signal }));
    await until(() => arrived === 2);
    controller.abort();
    const { error, kind } = await aborted;
    expect([error.code, kind]).toEqual([Code.Canceled, "canceled"]);
    release();
    expect((await other).userId).toBe("other");
  });

  it("keeps connections between calls, and outlives their end", async () => {
    const sockets = new Set<Socket>();
    const message = identity("u");
    const { client } = await towards(
      raw((socket) => {
        sockets.add(socket);
        socket.write(answer(`${OK} ${message.length}`, message));
      }),
    );
    for (let call = 0; call < 5; call++) await client.authenticate({});
    expect(sockets.size).toBe(1);
    const [first] = sockets;
    first?.end();
    await until(() => first?.destroyed);
    expect((await client.authenticate({})).userId).toBe("u");
    expect(sockets.size).toBe(2);
  });

  it("carries a thousand calls at once, each with its own answer", async () => {
    const { client } = await towardsRoutes(({ token }) => ({ userId: token }));
    const calls = Array.from({ length: 1000 }, (_, index) =>
      client.authenticate({ token: String(index) }, { timeoutMs: 30_000 }),
    );
    const answers = await Promise.all(calls);
    expect(answers.map(({ userId }) => userId)).toEqual(answers.map((_, index) => String(index)));
  });

  it("carries a large message both ways", async () => {
    const { client } = await towardsRoutes(({ token }) => ({ userId: token }));
    const token = "€".repeat(1_000_000);
    expect((await client.authenticate({ token }, { timeoutMs: 30_000 })).userId).toBe(token);
  });

  it("speaks with a plugin of the SDK", async () => {
    using stack = new DisposableStack();
    await using plugin = await servePlugin(helloAuth(), { port: 0, env: {}, logLevel: "silent" });
    const transport = open(plugin.port, stack);
    const auth = createClient(AuthService, transport);
    expect((await auth.authenticate({ token: "demo-viewer" })).userId).toBe("bob");
    const { error, kind } = await failure(auth.authenticate({ token: "no" }));
    expect([error.code, kind]).toEqual([Code.Unauthenticated, "answer"]);
    expect((await createClient(PluginService, transport).healthCheck({})).status).toBe("healthy");
  });
});

describe("ratd's own transport", () => {
  const wire = { protocol: "connect", encoding: "proto", http: "1.1" } as const;
  const settings = { wire, secure: false, rpcTimeoutMs: 30_000 };

  it("opens 128 connections at most, and calls wait for a free one under their deadline", async () => {
    let sockets = 0;
    const held: (() => void)[] = [];
    const message = identity("u");
    await using peer = await listen(
      "holding",
      raw((socket) => held.push(() => socket.write(answer(`${OK} ${message.length}`, message)))).on(
        "connection",
        () => sockets++,
      ),
    );
    const authority = { host: "127.0.0.1", port: peer.port };
    const opened = openTransport({ ...settings, authority, dial: () => connect(authority) });
    const client = createClient(AuthService, opened.transport);
    const calls = Array.from({ length: 128 }, () => client.authenticate({}));
    await until(() => held.length === 128);
    expect((await failure(client.authenticate({}, { timeoutMs: 20 }))).kind).toBe("timeout");
    const waiting = client.authenticate({});
    held.shift()?.();
    await until(() => held.length === 128);
    for (const release of held) release();
    await Promise.all([...calls, waiting]);
    expect(sockets).toBe(128);
    opened.close();
  });

  it("fails the calls under way, those that wait, and later ones when it is closed", async () => {
    await using peer = await listen("silent", createServer());
    const authority = { host: "127.0.0.1", port: peer.port };
    const sockets: Socket[] = [];
    const dial = () => {
      const socket = connect(authority).on("error", () => undefined);
      sockets.push(socket);
      return socket;
    };
    const opened = openTransport({ ...settings, authority, dial });
    const client = createClient(AuthService, opened.transport);
    const calls = Array.from({ length: 130 }, () => failure(client.authenticate({})));
    await until(() => sockets.length === 128 && sockets.every(({ connecting }) => !connecting));
    opened.close();
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(calls.map(() => "closed"));
    expect((await failure(client.authenticate({}))).kind).toBe("closed");
    await until(() => sockets.every(({ destroyed }) => destroyed));
  });

  it("ends a connection that opens too slowly with its call", async () => {
    const opening = new Socket();
    const authority = { host: "127.0.0.1", port: 1 };
    const opened = openTransport({ ...settings, authority, dial: () => opening });
    const client = createClient(AuthService, opened.transport);
    expect((await failure(client.authenticate({}, { timeoutMs: 20 }))).kind).toBe("timeout");
    await until(() => opening.destroyed);
    opened.close();
  });
});

type Authenticate = (typeof AuthService)["method"]["authenticate"];
type Handler = (
  request: MessageShape<Authenticate["input"]>,
  context: { requestHeader: Headers; responseHeader: Headers; responseTrailer: Headers; signal: AbortSignal },
) => object | Promise<object>;

function routesOf(authenticate: Handler): RequestListener {
  return connectNodeAdapter({
    routes: (router) => router.service(AuthService, { authenticate }),
    readMaxBytes: 2 * READ_MAX_BYTES,
  });
}

function lengthIn(head: string): number {
  return Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
}

async function byteByByte(socket: Socket, bytes: Uint8Array): Promise<void> {
  for (const byte of bytes) await new Promise((written) => socket.write(Uint8Array.of(byte), written));
}

/** A byte of the body every few milliseconds, for ever. */
function drip(socket: Socket): void {
  socket.write(answer(`${OK} 1000`));
  const timer = setInterval(() => socket.write("x"), 10);
  socket.once("close", () => clearInterval(timer));
}
