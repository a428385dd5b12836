import { Socket } from "node:net";
import { Client, type ClientConfig } from "pg";

/** A connection that can be cut at once: the driver's own `end` waits for a peer that may be gone. */
export class DatabaseClient extends Client {
  readonly #socket: Socket;

  constructor(config?: ClientConfig) {
    const socket = new Socket();
    super({ ...config, stream: () => socket });
    this.#socket = socket;
    // For its whole life. The pool listens only while a connection is idle and a borrower only while it has it; an
    // error that arrives in the same packet as the end of the handshake falls between, and would end ratd.
    this.on("error", () => undefined);
  }

  /** Closes the socket without a word. */
  destroy(): void {
    this.#socket.destroy();
  }
}
