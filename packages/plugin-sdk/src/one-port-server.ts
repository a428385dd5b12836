import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import type { RequestHandler } from "@rat/contracts/unread-rest";
import { peekHttpVersion } from "./peek-http-version.ts";

/** Files of mutual TLS, PEM. Callers must present a certificate that `ca` signed. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** A listening server. */
export interface OnePortServer {
  readonly port: number;
  /** Stops listening and ends every connection: politely at first, by force after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** What to listen on. */
export interface OnePortOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  readonly handler: RequestHandler;
}

/** Longer than ratd's health interval (30 s), so that its connection survives between checks. */
const KEEP_ALIVE_MS = 75_000;

/**
 * Listens on one port for HTTP/1.1 and HTTP/2: by the first bytes without TLS, by ALPN with it.
 *
 * @throws the listen error of Node, for example with code EADDRINUSE.
 */
export async function listenOnOnePort(options: OnePortOptions): Promise<OnePortServer> {
  const sockets = new Set<Socket>();
  const sessions = new Set<http2.Http2Session>();
  const { server, http2Server } = options.tls
    ? tlsServer(options.handler, options.tls)
    : plainServer(options.handler);
  http2Server.on("session", (session: http2.Http2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("stream", (stream) => leaveAfterReset(session, stream));
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    port: addressOf(server).port,
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // The HTTP/1.1 server closes its idle connections itself; a session must be told.
      for (const session of sessions) session.close();
      const force = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
      await closed;
      clearTimeout(force);
    },
  };
}

/**
 * Node.js goes on counting what was not yet sent on a stream that its caller reset, and refuses all streams of a session
 * that counts 10 MB. So the callers are asked for a new connection; what is under way on this one finishes.
 */
function leaveAfterReset(session: http2.Http2Session, stream: http2.ServerHttp2Stream): void {
  stream.once("aborted", () => {
    if (stream.writableLength > 0) session.close();
  });
}

interface Listening {
  readonly server: Server;
  readonly http2Server: http2.Http2Server | http2.Http2SecureServer;
}

function plainServer(handler: RequestHandler): Listening {
  const http2Server = http2.createServer(handler);
  // The HTTP/1.1 server itself listens, because only a listening one enforces its header and idle timeouts.
  const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handler);
  const serveHttp1 = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    // Without a listener, a connection reset before the first byte would end the process.
    socket.on("error", () => socket.destroy());
    socket.setTimeout(KEEP_ALIVE_MS, () => socket.destroy());
    peekHttpVersion(socket, (isHttp2) => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      if (isHttp2) http2Server.emit("connection", socket);
      else for (const serve of serveHttp1) serve.call(server, socket);
    });
  });
  return { server, http2Server };
}

function tlsServer(handler: RequestHandler, files: TlsFiles): Listening {
  const server = http2.createSecureServer(
    {
      allowHTTP1: true,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      cert: readFileSync(files.cert),
      key: readFileSync(files.key),
      ca: readFileSync(files.ca),
    },
    handler,
  );
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return { server, http2Server: server };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address;
}
