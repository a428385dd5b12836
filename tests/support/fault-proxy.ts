import { randomBytes } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";

/** Where the proxy passes traffic on: a TCP port or a unix socket. */
export type FaultTarget = { readonly host?: string; readonly port: number } | { readonly path: string };

/**
 * What the proxy does to connections, old and new:
 * `pass` carries bytes; `refuse` closes the port and cuts what is open; `reset` cuts with RST, new ones after accepting;
 * `blackhole` accepts and swallows without a word; `drip` carries a few bytes a second towards the client;
 * `delay` carries everything later; `garbage` answers with random bytes.
 */
export type FaultMode =
  | "pass"
  | "refuse"
  | "reset"
  | "blackhole"
  | "garbage"
  | { readonly drip: number }
  | { readonly delay: number };

/** A TCP proxy on loopback whose network can be broken at will. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** Open connections from clients. */
  readonly connections: number;
  /** Connections accepted since the start. */
  readonly accepted: number;
  /** Changes what happens from now on; resolves when it is in force. */
  mode(mode: FaultMode): Promise<void>;
  /** Cuts all open connections once, whatever the mode. */
  cut(): void;
  close(): Promise<void>;
}

const DRIP_INTERVAL_MS = 100;

/** Starts one that passes. */
export async function createFaultProxy(options: { readonly target: FaultTarget }): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let mode: FaultMode = "pass";
  let accepted = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    accepted += 1;
    const pair = new Pair(client, options.target, mode);
    pairs.add(pair);
    client.once("close", () => pairs.delete(pair));
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve());
    });
  const shut = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = () => {
    for (const pair of pairs) pair.reset();
  };
  await listen(0);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  const { port } = address;
  const close = async () => {
    const closed = server.listening ? shut() : Promise.resolve();
    cut();
    await closed;
  };
  return {
    port,
    get connections() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    async mode(next) {
      mode = next;
      if (next === "refuse" && server.listening) {
        const closed = shut();
        cut();
        await closed;
      } else if (next !== "refuse" && !server.listening) {
        await listen(port);
      }
      for (const pair of pairs) pair.mode(next);
    },
    cut,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** One client connection and the one behind it. */
class Pair {
  readonly #client: Socket;
  readonly #target: FaultTarget;
  #server: Socket | undefined;
  #mode: FaultMode;
  /** Bytes for the client that are held back, oldest first. */
  #held: Buffer[] = [];
  #dripping: NodeJS.Timeout | undefined;

  constructor(client: Socket, target: FaultTarget, mode: FaultMode) {
    this.#client = client;
    this.#target = target;
    this.#mode = mode;
    client.setNoDelay(true);
    client.on("error", () => undefined);
    client.on("data", (chunk) => this.#fromClient(chunk));
    client.on("end", () => {
      if (mode !== "blackhole") this.#server?.end();
    });
    client.on("close", () => {
      clearInterval(this.#dripping);
      this.#server?.destroy();
    });
    this.mode(mode);
    if (mode === "pass" || typeof mode === "object") this.#dial();
  }

  mode(mode: FaultMode): void {
    this.#mode = mode;
    clearInterval(this.#dripping);
    if (mode === "reset" || mode === "refuse") this.reset();
    if (mode === "pass") this.#flush();
    if (typeof mode === "object" && "drip" in mode) {
      this.#dripping = setInterval(() => this.#drip(mode.drip), DRIP_INTERVAL_MS);
    }
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#server?.destroy();
  }

  #dial(): Socket {
    const server =
      "path" in this.#target ? connect(this.#target) : connect({ host: "127.0.0.1", ...this.#target });
    this.#server = server;
    server.setNoDelay(true);
    server.on("error", () => this.reset());
    server.on("data", (chunk) => this.#toClient(chunk));
    server.on("end", () => {
      if (this.#mode === "pass") this.#client.end();
    });
    return server;
  }

  #fromClient(chunk: Buffer): void {
    const mode = this.#mode;
    if (mode === "blackhole") return;
    if (mode === "garbage") {
      this.#client.write(randomBytes(256));
      return;
    }
    const forward = () => (this.#server ?? this.#dial()).write(chunk);
    if (typeof mode === "object" && "delay" in mode) setTimeout(forward, mode.delay).unref();
    else forward();
  }

  #toClient(chunk: Buffer): void {
    const mode = this.#mode;
    if (mode === "blackhole" || mode === "garbage") return;
    if (typeof mode === "object" && "drip" in mode) this.#held.push(chunk);
    else if (typeof mode === "object") setTimeout(() => this.#client.write(chunk), mode.delay).unref();
    else this.#client.write(chunk);
  }

  #drip(bytesPerSecond: number): void {
    const all = Buffer.concat(this.#held);
    const count = Math.max(1, Math.round((bytesPerSecond * DRIP_INTERVAL_MS) / 1_000));
    this.#held = all.length > count ? [all.subarray(count)] : [];
    if (all.length > 0) this.#client.write(all.subarray(0, count));
  }

  #flush(): void {
    for (const chunk of this.#held.splice(0)) this.#client.write(chunk);
  }
}
