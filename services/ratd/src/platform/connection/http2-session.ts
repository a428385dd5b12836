import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Duplex } from "node:stream";

/** One connection, and how many calls are on it, those that wait for it to open among them. */
interface Line {
  readonly session: ClientHttp2Session;
  calls: number;
}

/**
 * One HTTP/2 connection, opened when it is needed and again after it ended. It fills the place of the RPC
 * library's session manager, whose keep-alive timer outlives its connection and then ends the process. There are
 * no PING frames: the health checks of ratd do their work, and gRPC servers take idle pings for an attack.
 *
 * As over HTTP/1.1, a call that was given up takes its connection with it, here as soon as the calls beside it have
 * ended: servers on Node.js count what they had not yet sent on a stream that was reset as memory of the connection for
 * ever, and after some of these refuse every stream on it.
 */
export class Http2Session {
  /** Origin of the requests, `http(s)://host:port`. */
  readonly authority: string;
  readonly #dial: () => Duplex;
  /** Takes new streams; the others of `#lines` wait for the end of theirs. */
  #current: Line | undefined;
  readonly #lines = new Set<Line>();

  constructor(authority: string, dial: () => Duplex) {
    this.authority = authority;
    this.#dial = dial;
  }

  /** Opens a stream; `headers` without the pseudo-headers. */
  async request(method: string, path: string, headers: OutgoingHttpHeaders): Promise<ClientHttp2Stream> {
    const line = this.#usable() ?? this.#connect();
    line.calls++;
    let stream: ClientHttp2Stream;
    try {
      if (line.session.connecting) await opened(line.session);
      stream = line.session.request({ ...headers, ":method": method, ":path": path });
    } catch (error) {
      this.#ended(line);
      throw error;
    }
    // The answer is complete before the request was read: the rest of that is of no use to anybody.
    stream.once("end", () => {
      if (!stream.writableFinished) stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.once("close", () => {
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) this.#leave(line);
      this.#ended(line);
    });
    return stream;
  }

  /** Part of the library's interface; without pings there is nothing to note. */
  notifyResponseByteRead(): void {
    // Nothing to do.
  }

  /** Lets the calls under way finish and opens a new connection for the next one. */
  retire(): void {
    if (this.#current !== undefined) this.#leave(this.#current);
  }

  /** Ends every connection and every call. */
  abort(): void {
    this.#current = undefined;
    for (const { session } of this.#lines) session.destroy(undefined, constants.NGHTTP2_CANCEL);
  }

  #usable(): Line | undefined {
    const line = this.#current;
    return line === undefined || line.session.closed || line.session.destroyed ? undefined : line;
  }

  /** Opens no more streams on the connection, and ends it after the last one. */
  #leave(line: Line): void {
    if (this.#current === line) this.#current = undefined;
    // A graceful end would wait for the peer, which may be what hangs.
    if (line.calls === 0) line.session.destroy();
  }

  #ended(line: Line): void {
    line.calls--;
    if (line !== this.#current) this.#leave(line);
  }

  #connect(): Line {
    const session = connect(this.authority, { createConnection: () => this.#dial() });
    const line: Line = { session, calls: 0 };
    this.#current = line;
    this.#lines.add(line);
    const leave = () => this.#leave(line);
    // After GOAWAY the calls under way may finish; new ones need a new connection.
    session.once("goaway", leave);
    session.once("close", () => {
      this.#leave(line);
      this.#lines.delete(line);
    });
    // Calls report their own errors; without a listener the error of an idle connection would end the process.
    session.on("error", leave);
    return line;
  }
}

function opened(session: ClientHttp2Session): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const failed = (error?: Error) =>
    reject(error ?? new Error("the HTTP/2 connection closed while it opened"));
  session.once("error", failed);
  session.once("close", failed);
  session.once("connect", () => {
    session.off("error", failed);
    session.off("close", failed);
    resolve();
  });
  return promise;
}
