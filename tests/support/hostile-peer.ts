import { randomBytes } from "node:crypto";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** One way of not being a plugin. */
export type Hostility = (response: ServerResponse, request: IncomingMessage) => void;

const MEGABYTE = Buffer.alloc(1_048_576, 0x20);

/** Over HTTP/1.1: what the peer does with a request. */
export const HTTP_HOSTILITIES: Readonly<Record<string, Hostility>> = {
  "never answers": () => undefined,
  "sends one byte a second": (response) => {
    response.writeHead(200, { "content-type": "application/proto", "content-length": 1000 });
    const timer = setInterval(() => response.write("x"), 1000);
    response.once("close", () => clearInterval(timer));
  },
  "sends 300 MB": (response) => {
    response.writeHead(200, { "content-type": "application/proto" });
    let left = 300;
    const more = () => {
      while (left > 0 && response.writable) {
        left--;
        if (!response.write(MEGABYTE)) return;
      }
      response.end();
    };
    response.on("drain", more);
    more();
  },
  "sends garbage with the right content type": (response) => {
    response.writeHead(200, { "content-type": "application/proto" }).end(randomBytes(512));
  },
  "sends an HTML page": (response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<h1>It works!</h1>");
  },
  redirects: (response) => {
    response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
  },
  "sends an empty 200": (response) => {
    response.writeHead(200, { "content-type": "application/proto" }).end();
  },
  "lies about the length": (response) => {
    response.writeHead(200, { "content-type": "application/proto", "content-length": 1000 });
    response.write("short");
    setImmediate(() => response.destroy());
  },
  "floods with headers": (response) => {
    const headers = Object.fromEntries(
      Array.from({ length: 100 }, (_, n) => [`x-flood-${n}`, "y".repeat(1000)]),
    );
    response.writeHead(200, { "content-type": "application/proto", ...headers }).end();
  },
  "answers 500 with text": (response) => {
    response.writeHead(500, { "content-type": "text/plain" }).end("oops \u001b[31m");
  },
};

/** Below HTTP: what the peer does with a connection. */
const RAW_HOSTILITIES: Readonly<Record<string, (socket: Socket) => void>> = {
  "accepts and is silent": () => undefined,
  "speaks garbage": (socket) => void socket.write(randomBytes(4096)),
  "resets every connection": (socket) => void socket.resetAndDestroy(),
  "closes every connection": (socket) => void socket.end(),
};

/** Over HTTP/2: what the peer does with a stream. */
const HTTP2_HOSTILITIES: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
  "gRPC without trailers": (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc+proto" });
    stream.end(Buffer.from([0, 0, 0, 0, 0]));
  },
  "gRPC with a frame of 300 MB announced": (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc+proto" });
    stream.write(Buffer.from([0, 0x12, 0xc0, 0, 0]));
  },
  "HTTP/2 that resets every stream": (stream) => stream.close(2),
};

/** A peer that listens on loopback. */
export interface HostilePeer extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
}

/** All hostile peers, one of each kind. */
export function startHostilePeers(): Promise<HostilePeer[]> {
  return Promise.all([
    ...Object.entries(HTTP_HOSTILITIES).map(([name, act]) =>
      listen(
        name,
        createHttpServer((request, response) => act(response, request)),
      ),
    ),
    ...Object.entries(RAW_HOSTILITIES).map(([name, act]) =>
      listen(
        name,
        createServer((socket) => act(socket)),
      ),
    ),
    ...Object.entries(HTTP2_HOSTILITIES).map(([name, act]) => {
      const server = createHttp2Server();
      server.on("stream", (stream) => {
        stream.on("error", () => undefined);
        act(stream);
      });
      return listen(name, server);
    }),
  ]);
}

/** Listens on a free port; disposing cuts every connection. */
export async function listen(name: string, server: Server): Promise<HostilePeer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    name,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
