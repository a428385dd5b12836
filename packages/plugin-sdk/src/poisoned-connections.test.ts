import { Agent, request as httpRequest, type OutgoingHttpHeaders } from "node:http";
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { AuthService } from "@rat/contracts/auth";
import { afterAll, expect, test } from "vitest";
import { definePlugin } from "./define-plugin.ts";
import { servePlugin } from "./serve-plugin.ts";

const LIMIT = 4 * 1024 * 1024;
const PATH = "/rat.auth.v1.AuthService/Authenticate";
/** The token for which the plugin answers more than any connection holds by the way. */
const MUCH = "much";

const auth = definePlugin("auth", {
  name: "auth",
  version: "1.0.0",
  authenticate: ({ token }) => ({ userId: token === MUCH ? "u".repeat(2 * LIMIT) : "u", roles: [] }),
  authorize: () => ({ allowed: true }),
});
const plugin = await servePlugin(auth, {
  port: 0,
  env: {},
  signal: new AbortController().signal,
  logLevel: "silent",
});
afterAll(() => plugin[Symbol.asyncDispose]());

const message = (token: string) =>
  toBinary(AuthService.method.authenticate.input, create(AuthService.method.authenticate.input, { token }));
function framed(bytes: Uint8Array, flags = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** How a call is written. */
interface Form {
  readonly headers: OutgoingHttpHeaders;
  readonly body: (token: string) => Uint8Array;
}

const FORMS: Readonly<Record<string, Form>> = {
  "Connect, protobuf": { headers: { "content-type": "application/proto" }, body: message },
  "Connect, JSON": {
    headers: { "content-type": "application/json" },
    body: (token) => Buffer.from(JSON.stringify({ token })),
  },
  "Connect, protobuf, taking compressed answers": {
    headers: { "content-type": "application/proto", "accept-encoding": "gzip" },
    body: message,
  },
  "Connect, JSON, taking compressed answers": {
    headers: { "content-type": "application/json", "accept-encoding": "gzip" },
    body: (token) => Buffer.from(JSON.stringify({ token })),
  },
  "Connect, protobuf, compressed": {
    headers: { "content-type": "application/proto", "content-encoding": "gzip" },
    body: (token) => gzipSync(message(token)),
  },
  "gRPC-web": {
    headers: { "content-type": "application/grpc-web+proto" },
    body: (token) => framed(message(token)),
  },
  gRPC: {
    headers: { "content-type": "application/grpc+proto", te: "trailers" },
    body: (token) => framed(message(token)),
  },
  "gRPC, compressed": {
    headers: { "content-type": "application/grpc+proto", te: "trailers", "grpc-encoding": "gzip" },
    body: (token) => framed(gzipSync(message(token)), 1),
  },
};

/** What comes of a call: the status of HTTP, and all that was said. */
type Ask = (token: string) => Promise<string>;

const overHttp1 = (form: Form, agent: Agent, framing: "announced" | "chunked"): Ask =>
  async function ask(token) {
    const body = form.body(token);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const length =
      framing === "chunked" ? { "transfer-encoding": "chunked" } : { "content-length": body.length };
    const headers = { ...form.headers, ...length };
    const request = httpRequest(
      { port: plugin.port, path: PATH, method: "POST", agent, headers },
      (response) => {
        text(response).then((said) => resolve(`${response.statusCode} ${said}`), reject);
      },
    );
    request.on("error", reject).end(body);
    return promise;
  };

const overHttp2 = (form: Form, session: ClientHttp2Session): Ask =>
  async function ask(token) {
    const stream = session.request({ ...form.headers, ":method": "POST", ":path": PATH });
    const said: string[] = [];
    stream.on("response", (headers) =>
      said.push(`${headers[":status"]} ${String(headers["grpc-message"] ?? "")}`),
    );
    stream.on("trailers", (trailers) => said.push(String(trailers["grpc-message"] ?? "")));
    stream.end(form.body(token));
    said.push(await text(stream));
    return said.join(" ");
  };

const TOO_LARGE = /message (size )?(\d+ )?is larger than configured readMaxBytes 4194304/;

/** Calls in turn with what is fine and what is too large, and says in short what came of each. */
async function inTurn(ask: Ask): Promise<string[]> {
  const outcomes: string[] = [];
  for (const token of ["t", "t".repeat(LIMIT + 1), "t", "t".repeat(2 * LIMIT), "t"]) {
    const said = decodeURIComponent(await ask(token));
    outcomes.push(TOO_LARGE.test(said) ? "too large" : said.slice(0, 3));
  }
  return outcomes;
}
const AS_IT_SHOULD = ["200", "too large", "200", "too large", "200"];

const HTTP1_FORMS = Object.entries(FORMS).filter(([name]) => !name.startsWith("gRPC") || name === "gRPC-web");

test.each(
  HTTP1_FORMS.flatMap(([name, form]) => [
    [name, "announced", form] as const,
    [name, "chunked", form] as const,
  ]),
)(
  "over HTTP/1.1, %s, %s: a request that is too large is refused, and its connection serves the next",
  async (_name, framing, form) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<Socket>();
    agent.on("free", (socket: Socket) => sockets.add(socket));
    try {
      expect(await inTurn(overHttp1(form, agent, framing))).toEqual(AS_IT_SHOULD);
      expect(sockets.size).toBe(1);
    } finally {
      agent.destroy();
    }
  },
);

test.each(Object.entries(FORMS))(
  "over HTTP/2, %s: a request that is too large is refused, and its connection serves the next",
  async (_name, form) => {
    const session = connect(plugin.url);
    try {
      expect(await inTurn(overHttp2(form, session))).toEqual(AS_IT_SHOULD);
    } finally {
      session.destroy();
    }
  },
);

/** More than a server reads: 200 fields of 1 KB. */
const FLOOD = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`x-flood-${n}`, "y".repeat(1000)]));
const flooding = (form: Form): Form => ({ ...form, headers: { ...form.headers, ...FLOOD } });

test("over HTTP/1.1, headers that are too large fail their call, and the next one is served", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const form = FORMS["Connect, protobuf"] ?? expect.fail();
  try {
    // Who is still writing may see the connection close before the answer.
    const refused = await overHttp1(flooding(form), agent, "announced")("t").catch(String);
    expect(refused).toMatch(/^431|ECONNRESET|EPIPE/);
    expect(await overHttp1(form, agent, "announced")("t")).toMatch(/^200/);
  } finally {
    agent.destroy();
  }
});

test("over HTTP/2, headers that are too large fail their connection, and the next one is served", async () => {
  const form = FORMS["gRPC"] ?? expect.fail();
  const first = connect(plugin.url, { maxSendHeaderBlockLength: 1_000_000 }).on("error", () => undefined);
  const second = connect(plugin.url);
  try {
    await expect(overHttp2(flooding(form), first)("t")).rejects.toThrow(/error|clos/i);
    expect(await overHttp2(form, second)("t")).toMatch(/^200/);
  } finally {
    first.destroy();
    second.destroy();
  }
});

test("over HTTP/2, a caller who leaves answers unread is asked for a new connection before this one refuses all", async () => {
  const session = connect(plugin.url);
  const form = FORMS["gRPC"] ?? expect.fail();
  const under = form.headers;
  const watch = session.request({
    ...under,
    ":method": "POST",
    ":path": "/rat.plugin.v1.PluginService/WatchHealth",
  });
  watch.end(framed(new Uint8Array()));
  await responded(watch);
  const asked = new Promise<number>((resolve) => session.once("goaway", resolve));
  const left = session.request({ ...under, ":method": "POST", ":path": PATH });
  left.end(form.body(MUCH));
  await responded(left);
  left.close(constants.NGHTTP2_CANCEL);
  expect(await asked).toBe(constants.NGHTTP2_NO_ERROR);
  // What is under way goes on.
  expect([watch.closed, watch.destroyed]).toEqual([false, false]);
  session.destroy();
});

function responded(stream: ClientHttp2Stream): Promise<unknown> {
  return new Promise((resolve) => stream.once("response", resolve));
}
