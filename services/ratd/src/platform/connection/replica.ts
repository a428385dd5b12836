import type { Socket } from "node:net";
import type { Transport } from "@connectrpc/connect";
import type { HostPort } from "../host-port.ts";
import { dial, type TlsMaterial } from "./dial.ts";
import { openTransport, type Wire, type WireTransport } from "./wire.ts";

/** What all replicas of one plugin share. */
export interface ReplicaSettings {
  /** Host and port of rat.yaml. */
  readonly authority: HostPort;
  readonly tls: TlsMaterial | undefined;
  readonly ladder: readonly Wire[];
  readonly dialTimeoutMs: number;
  readonly rpcTimeoutMs: number;
}

/**
 * One address of a plugin: its open sockets and the wire that it understands.
 *
 * `generation` rises each time a socket opens while none is open: a new generation means that the process
 * behind the address may be a new one, so that Describe and Configure are due again.
 */
export class Replica {
  readonly address: HostPort;
  readonly #settings: ReplicaSettings;
  readonly #onLost: (replica: Replica) => void;
  /** From the first packet on. */
  readonly #sockets = new Set<Socket>();
  #open = 0;
  readonly #transports = new Map<Wire, WireTransport>();
  #wire: Wire | undefined;
  #generation = 0;
  #closing = false;

  /** True while calls should go elsewhere; set by failed calls and checks, cleared by a good check. */
  ejected = false;

  /** `onLost` is called when the last open socket has closed without our doing. */
  constructor(address: HostPort, settings: ReplicaSettings, onLost: (replica: Replica) => void) {
    this.address = address;
    this.#settings = settings;
    this.#onLost = onLost;
  }

  /** The wire that worked last; undefined before the first answer. */
  get wire(): Wire | undefined {
    return this.#wire;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Whether a socket is open, so that the end of the process behind it will be noticed. */
  get connected(): boolean {
    return this.#open > 0;
  }

  /** The wires to try: the one that worked, else all of the ladder. */
  candidates(): readonly Wire[] {
    return this.#wire === undefined ? this.#settings.ladder : [this.#wire];
  }

  /** Keeps the wire that worked, and drops the connections of the others. */
  remember(wire: Wire): void {
    if (this.#wire === wire) return;
    this.#wire = wire;
    for (const [other, opened] of this.#transports) {
      if (other === wire) continue;
      opened.close();
      this.#transports.delete(other);
    }
  }

  /** Opens new connections for the next calls: the old ones may lead nowhere. */
  retire(): void {
    for (const { retire } of this.#transports.values()) retire();
  }

  /** Forgets the wire: the process behind the address may have changed. */
  forget(): void {
    this.#wire = undefined;
  }

  transport(wire: Wire = this.#wire ?? firstOf(this.#settings.ladder)): Transport {
    let opened = this.#transports.get(wire);
    if (opened === undefined) {
      const { authority, tls, rpcTimeoutMs } = this.#settings;
      opened = openTransport({
        wire,
        authority,
        secure: tls !== undefined,
        rpcTimeoutMs,
        dial: (alpn) => this.#dial(alpn, true),
      });
      this.#transports.set(wire, opened);
    }
    return opened.transport;
  }

  /** Opens a connection and closes it: resolves when the address takes connections, rejects when it does not. */
  async knock(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = this.#dial("http/1.1", false);
    socket.once("connect", () => resolve());
    socket.once("error", reject);
    try {
      await promise;
    } finally {
      socket.destroy();
    }
  }

  /** Ends every connection, open or opening; none opens any more. */
  close(): void {
    this.#closing = true;
    for (const { close } of this.#transports.values()) close();
    this.#transports.clear();
    for (const socket of this.#sockets) socket.destroy();
  }

  #dial(alpn: "http/1.1" | "h2", counted: boolean): Socket {
    const { dialTimeoutMs: timeoutMs, tls } = this.#settings;
    const socket = dial({ address: this.address, timeoutMs, tls, alpn });
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // Without a listener, a socket that fails between two calls would end the process.
    socket.on("error", () => undefined);
    if (counted) this.#count(socket);
    // A call that was under way may have tried once more.
    if (this.#closing) socket.destroy();
    return socket;
  }

  #count(socket: Socket): void {
    socket.once("connect", () => {
      if (this.#open++ === 0) this.#generation++;
      socket.once("close", () => {
        if (--this.#open === 0 && !this.#closing) this.#onLost(this);
      });
    });
  }
}

function firstOf(ladder: readonly Wire[]): Wire {
  const [first] = ladder;
  if (first === undefined) throw new RangeError("a wire ladder is never empty");
  return first;
}
