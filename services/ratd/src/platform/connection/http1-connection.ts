import type { Socket } from "node:net";
import type { Client, Dispatcher } from "undici";

/** Keep-alive without a hint of the peer: as long as a timer can run. Health checks find connections that are dead. */
const IDLE_LIMIT_MS = 2_147_483_647;
/** How much sooner than the peer announced we let an idle connection go, so that a call does not meet its end. */
const IDLE_MARGIN_MS = 1000;

/** Where a connection leads, and how it opens. */
export interface Http1Target {
  readonly baseUrl: string;
  readonly dial: () => Socket;
}

/**
 * One place for one HTTP/1.1 call at a time. Its socket opens with the first call, stays open between calls, and opens
 * anew when the peer has closed it. Undici carries it: header limits, framing and the race with an idle peer's close are
 * its work; limits in time are ours.
 */
export class Http1Connection {
  readonly #client: Client;
  #opening: Socket | undefined;

  constructor({ baseUrl, dial }: Http1Target, clientClass: typeof Client) {
    this.#client = new clientClass(baseUrl, {
      pipelining: 1,
      allowH2: false,
      // Every call has a deadline of its own, which covers both.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_LIMIT_MS,
      keepAliveMaxTimeout: IDLE_LIMIT_MS,
      keepAliveTimeoutThreshold: IDLE_MARGIN_MS,
      connect: (_target, done) => this.#open(dial(), done),
    });
  }

  /** Sends a request; its end is told to `handler` exactly once, also when it could not be sent. */
  send(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(request, handler);
  }

  /** Ends the socket, open or opening, and whatever is under way on it. */
  destroy(): void {
    this.#opening?.destroy();
    void this.#client.destroy();
  }

  #open(socket: Socket, done: (...result: [null, Socket] | [Error, null]) => void): void {
    const settle = (...result: [null, Socket] | [Error, null]) => {
      socket.off("error", failed).off("close", closed);
      this.#opening = undefined;
      done(...result);
    };
    const failed = (error: Error) => settle(error, null);
    const closed = () => failed(new ClosedWhileOpeningError("the connection closed while it opened"));
    this.#opening = socket;
    socket.once("encrypted" in socket ? "secureConnect" : "connect", () => settle(null, socket));
    socket.once("error", failed).once("close", closed);
  }
}

class ClosedWhileOpeningError extends Error {
  override readonly name = "ClosedWhileOpeningError";
  readonly code = "ECONNRESET";
}
