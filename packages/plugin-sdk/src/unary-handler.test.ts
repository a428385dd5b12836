import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import {
  Code,
  ConnectError,
  createContextKey,
  createServiceImplSpec,
  type HandlerContext,
  type ServiceImpl,
} from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { AuthService } from "@rat/contracts/auth";
import { PluginService } from "@rat/contracts/plugin";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { UnaryContext } from "./unary-context.ts";
import { unaryHandler } from "./unary-handler.ts";

const READ_MAX_BYTES = 10_000;
const AUTHENTICATE = "/rat.auth.v1.AuthService/Authenticate";
const key = createContextKey("none");

/** What the implementation does, by the token that it is asked about. */
const BEHAVIOURS: Readonly<Record<string, (context: HandlerContext) => object | Promise<object>>> = {
  empty: () => ({}),
  full: () => ({ userId: "zoë", email: "z@example.com", roles: ["a", "b"], expiresAt: 5n }),
  long: () => ({ userId: "x".repeat(40_000) }),
  headers: ({ requestHeader, responseHeader, responseTrailer }) => {
    responseHeader.set("x-seen", requestHeader.get("x-request-id") ?? "");
    responseHeader.append("set-cookie", "a=1");
    responseHeader.append("set-cookie", "b=2");
    responseTrailer.set("x-after", "t");
    return { userId: "h" };
  },
  facts: ({ method, service, url, protocolName, requestMethod, timeoutMs, signal, values }) => {
    values.set(key, "some");
    const limit = timeoutMs() === undefined ? "no limit" : "a limit";
    const names = [method.name, service.typeName, new URL(url).pathname, protocolName, requestMethod];
    return { userId: [...names, limit, signal.aborted, values.get(key)].join(" ") };
  },
  refused: () => {
    throw new ConnectError("unknown token", Code.Unauthenticated);
  },
  silent: () => {
    throw new ConnectError("", Code.NotFound);
  },
  detailed: () => {
    const value = create(AnySchema, { typeUrl: "x/y", value: new Uint8Array([1, 2]) });
    const metadata = { "x-hint": "h", "content-type": "text/html" };
    throw new ConnectError("ünknown", Code.FailedPrecondition, metadata, [{ desc: AnySchema, value }]);
  },
  broken: () => {
    throw new Error("the password is hunter2");
  },
  unserializable: () => ({ userId: 7 }),
  aborted: async ({ signal }) => {
    await once(signal, "abort");
    throw signal.reason;
  },
};

const auth: Partial<ServiceImpl<typeof AuthService>> = {
  authenticate: async ({ token }, context) =>
    (await BEHAVIOURS[token]?.(context)) ?? { userId: `user-${token}` },
};
const specs = [
  createServiceImplSpec<typeof AuthService>(AuthService, auth),
  createServiceImplSpec<typeof PluginService>(PluginService, {}),
];
const ended = new AbortController();
const limits = { readMaxBytes: READ_MAX_BYTES, shutdownSignal: ended.signal };
const library = connectNodeAdapter({
  ...limits,
  routes: (router) => router.service(AuthService, auth).service(PluginService, {}),
});
const taken = vi.fn(library);
const ours = unaryHandler({
  ...limits,
  methods: specs.flatMap(({ methods }) => Object.values(methods)),
  otherwise: taken,
});

let servers: readonly Server[];
let ports: readonly [library: number, ours: number];
beforeAll(async () => {
  servers = [createServer(library), createServer(ours)];
  const [first, second] = await Promise.all(servers.map(listen));
  ports = [first ?? 0, second ?? 0];
});
afterAll(() => {
  for (const server of servers) server.close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

interface Call {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A request in bytes. Its Host is a name, so that both servers are asked the very same. */
function bytesOf({ path = AUTHENTICATE, method = "POST", headers = {}, body = "" }: Call): Buffer {
  const content = Buffer.from(body);
  const chunked = headers["transfer-encoding"] === "chunked";
  const fields = {
    host: "plugin.test",
    connection: "close",
    ...(chunked ? {} : { "content-length": String(content.length) }),
    ...headers,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const framed = chunked ? frame(content) : content;
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.join("")}\r\n`, "latin1"), framed]);
}

function frame(content: Buffer): Buffer {
  const chunk = [Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from("\r\n")];
  return Buffer.concat([...(content.length > 0 ? chunk : []), Buffer.from("0\r\n\r\n")]);
}

interface Answer {
  readonly status: string;
  readonly headers: readonly string[];
  readonly body: string;
}

async function ask(port: number, bytes: Uint8Array): Promise<Answer> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(bytes);
  const received = await new Promise<string>((resolve) => {
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
    socket.once("close", () => resolve(text));
  });
  const [head = "", body = ""] = received.split(/\r\n\r\n(.*)/s);
  const [status = "", ...headers] = head.split("\r\n");
  const told = headers.map((line) => line.replace(/^[^:]*/, (name) => name.toLowerCase()));
  // The time differs; how the body is framed is the server's affair, as long as clients read the same.
  return { status, headers: told.filter((line) => !line.startsWith("date:")).toSorted(), body };
}

async function askBoth(call: Call): Promise<readonly [library: Answer, ours: Answer]> {
  const bytes = bytesOf(call);
  return Promise.all([ask(ports[0], bytes), ask(ports[1], bytes)]);
}

const proto = { "content-type": "application/proto" };
const json = { "content-type": "application/json" };
const message = (token: string) =>
  toBinary(AuthService.method.authenticate.input, create(AuthService.method.authenticate.input, { token }));

describe("answers as the RPC library does", () => {
  const tokens = Object.keys(BEHAVIOURS).filter((token) => token !== "aborted");
  test.each([...tokens, "", "anything else"])("when the implementation is %s", async (token) => {
    for (const call of [
      { headers: proto, body: message(token) },
      { headers: json, body: JSON.stringify({ token }) },
      {
        headers: { ...proto, "connect-protocol-version": "1", "connect-timeout-ms": "5000" },
        body: message(token),
      },
      {
        headers: { ...json, "x-request-id": "r1", "transfer-encoding": "chunked" },
        body: `{"token":"${token}"}`,
      },
    ]) {
      taken.mockClear();
      const [theirs, our] = await askBoth(call);
      expect(our).toEqual(theirs);
      expect(taken).not.toHaveBeenCalled();
    }
  });

  test.each<[string, Call]>([
    ["an empty body", { headers: proto }],
    ["an empty body in chunks", { headers: { ...proto, "transfer-encoding": "chunked" } }],
    ["an empty body that should be JSON", { headers: json }],
    ["JSON that is none", { headers: json, body: "{" }],
    ["JSON of another type", { headers: json, body: "[]" }],
    ["JSON null", { headers: json, body: "null" }],
    ["a field of another type", { headers: json, body: '{"token":7}' }],
    ["a field that it does not know", { headers: json, body: '{"tokn":"x","token":"y"}' }],
    ["a field given twice", { headers: json, body: '{"token":"x","token":"y"}' }],
    ["JSON with a mark of its order of bytes", { headers: json, body: '\u{feff}{"token":"x"}' }],
    ["text that is no UTF-8", { headers: json, body: Buffer.from([0x22, 0xff, 0x22]) }],
    ["JSON with its charset", { headers: { "content-type": "application/json; charset=utf-8" }, body: "{}" }],
    [
      "JSON with another charset",
      { headers: { "content-type": "application/json; charset=latin1" }, body: "{}" },
    ],
    ["a type in capitals", { headers: { "content-type": "Application/PROTO" }, body: message("x") }],
    [
      "fields of protobuf that it does not know",
      { headers: proto, body: Uint8Array.of(0xfa, 0x3f, 1, 0x78) },
    ],
    ["no content type", { body: "{}" }],
    ["a form", { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=b" }],
    ["a page", { headers: { "content-type": "text/html" }, body: "<p>" }],
    ["another protobuf type", { headers: { "content-type": "application/x-protobuf" }, body: message("x") }],
    ["a stream of Connect", { headers: { "content-type": "application/connect+proto" }, body: "\0\0\0\0\0" }],
    ["gRPC-web", { headers: { "content-type": "application/grpc-web+proto" }, body: "\0\0\0\0\0" }],
    ["gRPC", { headers: { "content-type": "application/grpc" }, body: "\0\0\0\0\0" }],
    ["GET", { method: "GET" }],
    ["GET with a message", { method: "GET", path: `${AUTHENTICATE}?encoding=json&message={}&connect=v1` }],
    ["PUT", { method: "PUT", headers: proto }],
    ["OPTIONS", { method: "OPTIONS", headers: proto }],
    ["HEAD", { method: "HEAD", headers: proto }],
    ["a path with a query", { path: `${AUTHENTICATE}?a=b`, headers: json, body: "{}" }],
    ["a path with a slash more", { path: `${AUTHENTICATE}/`, headers: json, body: "{}" }],
    ["a method that does not exist", { path: "/rat.auth.v1.AuthService/Guess", headers: proto }],
    ["a method in small letters", { path: AUTHENTICATE.toLowerCase(), headers: proto }],
    ["a service that does not exist", { path: "/rat.x.v1.Service/Call", headers: proto }],
    ["a method without implementation", { path: "/rat.auth.v1.AuthService/Authorize", headers: proto }],
    ["the same in JSON", { path: "/rat.auth.v1.AuthService/Authorize", headers: json, body: "{}" }],
    ["a stream without implementation", { path: "/rat.plugin.v1.PluginService/WatchHealth", headers: proto }],
    ["the root", { path: "/" }],
    ["a timeout that is no number", { headers: { ...proto, "connect-timeout-ms": "soon" } }],
    ["a timeout below zero", { headers: { ...proto, "connect-timeout-ms": "-1" } }],
    ["a timeout of too many digits", { headers: { ...proto, "connect-timeout-ms": "12345678901" } }],
    ["another version of the protocol", { headers: { ...proto, "connect-protocol-version": "2" } }],
    ["identity as encoding", { headers: { ...proto, "content-encoding": "identity" }, body: message("x") }],
    ["an encoding that it does not know", { headers: { ...proto, "content-encoding": "zstd" } }],
    ["gzip that is none", { headers: { ...proto, "content-encoding": "gzip" }, body: "x" }],
    ["a wish for gzip", { headers: { ...json, "accept-encoding": "gzip" }, body: '{"token":"long"}' }],
    ["a wish for nothing special", { headers: { ...json, "accept-encoding": "identity" }, body: "{}" }],
    ["a body at the limit", { headers: json, body: " ".repeat(READ_MAX_BYTES - 2) + "{}" }],
  ])("to %s", async (_what, call) => {
    const [theirs, our] = await askBoth(call);
    expect(our).toEqual(theirs);
  });
});

describe("answers as the RPC library does, too,", () => {
  test("to whatever else comes as JSON", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (body) => {
        const [theirs, our] = await askBoth({ headers: json, body });
        expect(our).toEqual(theirs);
      }),
    );
  });

  test("to whatever headers a caller may send", async () => {
    const value = fc.stringMatching(/^[\x21-\x7e]{1,20}$/);
    const headers = fc.record(
      {
        "content-type": fc.oneof(fc.constantFrom("application/proto", "application/json"), value),
        "connect-timeout-ms": fc.oneof(fc.nat().map(String), value),
        "connect-protocol-version": value,
        "accept-encoding": value,
        "content-encoding": fc.oneof(fc.constant("identity"), value),
        "x-request-id": value,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(headers, async (given) => {
        // A deadline of no time races with the answer.
        fc.pre(!/^0+$/.test(given["connect-timeout-ms"] ?? ""));
        const [theirs, our] = await askBoth({ headers: given, body: '{"token":"headers"}' });
        if (given["content-type"] === "application/proto") expect(our.status).not.toMatch(/ 200 /);
        else expect(our).toEqual(theirs);
      }),
    );
  });

  test("to a deadline that passes", async () => {
    const [theirs, our] = await askBoth({
      headers: { ...json, "connect-timeout-ms": "20" },
      body: '{"token":"aborted"}',
    });
    expect(our).toEqual(theirs);
    expect(our.status).toBe("HTTP/1.1 504 Gateway Timeout");
  });
});

describe("answers better than the RPC library", () => {
  test("to bytes that are no message: they are the caller's fault", async () => {
    const [theirs, our] = await askBoth({ headers: proto, body: Uint8Array.of(0xff, 0xff) });
    expect(theirs.body).toContain('"internal"');
    expect(our.body).toBe(theirs.body.replace('"internal"', '"invalid_argument"'));
    expect(our.status).toBe("HTTP/1.1 400 Bad Request");
  });

  test.each([
    ["announced", {}],
    ["not announced", { "transfer-encoding": "chunked" }],
  ])("to a body over the limit, %s: it says so before it has read it all", async (_how, framing) => {
    const bytes = bytesOf({ headers: { ...json, ...framing }, body: " ".repeat(READ_MAX_BYTES + 1) });
    const answer = await ask(ports[1], bytes.subarray(0, -1));
    expect(answer.status).toBe("HTTP/1.1 429 Too Many Requests");
    expect(answer.body).toMatch(
      /"code":"resource_exhausted","message":"message size .*larger than configured/,
    );
  });
});

test("tells the implementation when its caller leaves", async () => {
  const { promise, resolve } = Promise.withResolvers<AbortSignal>();
  await using peer = await serveOnce(async (context) => {
    resolve(context.signal);
    await once(context.signal, "abort");
    return {};
  });
  const socket = connect(peer.port, "127.0.0.1");
  socket.write(bytesOf({ headers: json, body: "{}" }));
  const signal = await promise;
  expect(signal.aborted).toBe(false);
  const aborted = once(signal, "abort");
  socket.destroy();
  await aborted;
});

test("gives a signal that has aborted to who asks after the end", async () => {
  let context: HandlerContext | undefined;
  await using peer = await serveOnce((given) => {
    context = given;
    return {};
  });
  await ask(peer.port, bytesOf({ headers: json, body: "{}" }));
  expect(context?.signal.aborted).toBe(true);
});

test("ends the calls under way when the plugin ends", async () => {
  const end = new AbortController();
  const started = Promise.withResolvers<void>();
  await using peer = await serveOnce(async ({ signal }) => {
    started.resolve();
    await once(signal, "abort");
    throw signal.reason;
  }, end.signal);
  const answer = ask(peer.port, bytesOf({ headers: json, body: "{}" }));
  await started.promise;
  end.abort(new ConnectError("the plugin has stopped", Code.Unavailable));
  expect(await answer).toMatchObject({
    status: "HTTP/1.1 503 Service Unavailable",
    body: '{"code":"unavailable","message":"the plugin has stopped"}',
  });
});

test("makes no error for a call that ends well, since that would cost as much as the call", async () => {
  const made = vi.spyOn(ConnectError, "from");
  await using peer = await serveOnce((context) => {
    if (!(context instanceof UnaryContext)) expect.fail("the context is ours");
    return context.whileWanted(Promise.resolve({}));
  });
  const { status } = await ask(peer.port, bytesOf({ headers: json, body: "{}" }));
  expect([status, made.mock.calls]).toEqual(["HTTP/1.1 200 OK", []]);
  made.mockRestore();
});

test("ends a call whose work ignores its deadline", async () => {
  await using peer = await serveOnce((context) => {
    if (!(context instanceof UnaryContext)) expect.fail("the context is ours");
    return context.whileWanted(new Promise(() => undefined));
  });
  const headers = { ...json, "connect-timeout-ms": "20" };
  expect(await ask(peer.port, bytesOf({ headers, body: "{}" }))).toMatchObject({
    status: "HTTP/1.1 504 Gateway Timeout",
    body: '{"code":"deadline_exceeded","message":"the operation timed out"}',
  });
});

async function serveOnce(
  authenticate: (context: HandlerContext) => object | Promise<object>,
  shutdownSignal = new AbortController().signal,
): Promise<AsyncDisposable & { readonly port: number }> {
  const { methods } = createServiceImplSpec<typeof AuthService>(AuthService, {
    authenticate: (_request, context) => authenticate(context),
  });
  const options = { methods: Object.values(methods), readMaxBytes: READ_MAX_BYTES, shutdownSignal };
  const server = createServer(unaryHandler({ ...options, otherwise: () => expect.fail("is a plain call") }));
  const port = await listen(server);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
