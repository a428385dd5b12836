import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Duplex } from "node:stream";

/**
 * One HTTP/2 connection, opened when it is needed and again after it ended. It fills the place of the RPC
 * library's session manager, whose keep-alive timer outlives its connection and then ends the process. There are
 * no PING frames: the health checks of ratd do their work, and gRPC servers take idle pings for an attack.
 */
export class Http2Session {
  /** Origin of the requests, `http(s)://host:port`. */
  readonly authority: string;
  readonly #dial: () => Duplex;
  #session: ClientHttp2Session | undefined;

  constructor(authority: string, dial: () => Duplex) {
    this.authority = authority;
    this.#dial = dial;
  }

  /** Opens a stream; `headers` without the pseudo-headers. */
  async request(method: string, path: string, headers: OutgoingHttpHeaders): Promise<ClientHttp2Stream> {
    const session = await this.#open();
    return session.request({ ...headers, ":method": method, ":path": path });
  }

  /** Part of the library's interface; without pings there is nothing to note. */
  notifyResponseByteRead(): void {
    // Nothing to do.
  }

  /** Lets the calls under way finish and opens a new connection for the next one. */
  retire(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  /** Ends the connection and every call on it. */
  abort(): void {
    this.#session?.destroy(undefined, constants.NGHTTP2_CANCEL);
    this.#session = undefined;
  }

  #open(): Promise<ClientHttp2Session> {
    const known = this.#session;
    if (known !== undefined && !known.closed && !known.destroyed && !known.connecting)
      return Promise.resolve(known);
    const session = known?.connecting === true && !known.destroyed ? known : this.#connect();
    const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>();
    const failed = (error?: Error) =>
      reject(error ?? new Error("the HTTP/2 connection closed while it opened"));
    session.once("error", failed);
    session.once("close", failed);
    session.once("connect", () => {
      session.off("error", failed);
      session.off("close", failed);
      resolve(session);
    });
    return promise;
  }

  #connect(): ClientHttp2Session {
    const session = connect(this.authority, { createConnection: () => this.#dial() });
    this.#session = session;
    const forget = () => {
      if (this.#session === session) this.#session = undefined;
    };
    // After GOAWAY the calls under way may finish; new ones need a new connection.
    session.once("goaway", forget);
    session.once("close", forget);
    // Calls report their own errors; without a listener the error of an idle connection would end the process.
    session.on("error", forget);
    return session;
  }
}
