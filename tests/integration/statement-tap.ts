import { connect, createServer } from "node:net";

/** A proxy before PostgreSQL that reads along which statements are sent with parameters. */
export interface StatementTap extends AsyncDisposable {
  readonly port: number;
  /** The texts so far, in order. */
  readonly statements: readonly string[];
}

/** Starts one before a server's unix socket. */
export async function startStatementTap(socketPath: string): Promise<StatementTap> {
  const statements: string[] = [];
  const server = createServer((client) => {
    const upstream = connect({ path: socketPath });
    const reader = new FrontendReader((text) => statements.push(text));
    client.on("data", (chunk) => reader.take(chunk));
    client.pipe(upstream).pipe(client);
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    statements,
    async [Symbol.asyncDispose]() {
      server.close();
      await Promise.resolve();
    },
  };
}

/** Reads the messages of a client: a start without a type, then each with a type, a length and a body. */
class FrontendReader {
  readonly #onParse: (text: string) => void;
  #rest: Buffer = Buffer.alloc(0);
  #started = false;

  constructor(onParse: (text: string) => void) {
    this.#onParse = onParse;
  }

  take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const head = this.#started ? 1 : 0;
      if (this.#rest.length < head + 4) return;
      const end = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < end) return;
      // Parse: the statement's name and its text, each ended by a zero.
      if (this.#started && this.#rest.toString("latin1", 0, 1) === "P") {
        this.#onParse(this.#rest.toString("utf8", 5, end).split("\0")[1] ?? "");
      }
      this.#rest = this.#rest.subarray(end);
      this.#started = true;
    }
  }
}
