import { Socket } from "node:net";
import { Client, type ClientConfig } from "pg";

/** A connection whose errors never end the process, and that can be cut: the driver's own `end` waits for its peer. */
export class EnduringClient extends Client {
  readonly #socket: Socket;

  constructor(config?: ClientConfig) {
    const socket = new Socket();
    super({ ...config, stream: () => socket });
    this.#socket = socket;
    // The pool listens only while a connection is idle, a query only while it runs.
    this.on("error", () => undefined);
  }

  /** Closes the socket without a word. */
  cut(): void {
    this.#socket.destroy();
  }
}
