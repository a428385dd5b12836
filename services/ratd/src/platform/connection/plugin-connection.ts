import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { formatHostPort, type HostPort } from "../host-port.ts";
import type { Clock } from "../clock.ts";
import { AddressBook, type Resolver } from "./address-book.ts";
import { classifyFailure, overloaded, type Failure, type FailureKind } from "./failure.ts";
import { Replica, type ReplicaSettings } from "./replica.ts";

/** What happened on a connection between two health checks. */
export type PassiveSignal =
  /** The last open socket to an address closed. */
  | { readonly kind: "lost"; readonly address: HostPort }
  /** A call failed in a way that says something about the plugin. */
  | { readonly kind: "failed"; readonly failure: Failure };

/** What a connection needs besides its settings. */
export interface ConnectionDeps {
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Called for every passive signal; must not throw. */
  readonly onSignal: (signal: PassiveSignal) => void;
  /** What a call to this address must wait for; undefined when there is nothing. */
  readonly beforeCall: (replica: Replica) => Promise<void> | undefined;
}

/** Calls to one plugin at once. Beyond it a call fails at once instead of adding to the pile. */
const MAX_IN_FLIGHT = 2048;

/** Failures that say nothing about how the plugin is. */
const NOTHING_AMISS: ReadonlySet<FailureKind> = new Set(["answer", "canceled", "oversized"]);

/**
 * The connection to one plugin, as a Connect transport: lazy, spread over all addresses of the host name,
 * with failing addresses left out until a health check finds them well again.
 */
export class PluginConnection implements Transport, Disposable {
  readonly #settings: ReplicaSettings;
  readonly #book: AddressBook;
  readonly #onSignal: (signal: PassiveSignal) => void;
  readonly #beforeCall: ConnectionDeps["beforeCall"];
  #replicas: readonly Replica[] = [];
  #turn = 0;
  #inFlight = 0;
  #closed = false;

  constructor(settings: ReplicaSettings, { resolver, clock, onSignal, beforeCall }: ConnectionDeps) {
    this.#settings = settings;
    this.#book = new AddressBook(settings.authority.host, { resolver, clock });
    this.#onSignal = onSignal;
    this.#beforeCall = beforeCall;
  }

  /**
   * Whether the name stands for this machine. Its two addresses, IPv4 and IPv6, are then one plugin, which rarely
   * listens on both: the silent one is no fault.
   */
  get local(): boolean {
    return this.#settings.authority.host === "localhost";
  }

  /** The addresses known now. */
  get replicas(): readonly Replica[] {
    return this.#replicas;
  }

  /**
   * Resolves the host name and brings the replicas in line with it.
   *
   * @throws the resolver's error when there is no address at all.
   */
  async refresh(force = false): Promise<readonly Replica[]> {
    const { addresses, error } = await this.#book.resolve(force);
    if (this.#closed) return [];
    const kept = new Map(this.#replicas.map((replica) => [replica.address.host, replica]));
    // A name that is gone while its connections work is the name server's trouble, not the plugin's.
    if (addresses.length === 0 && this.#replicas.some((replica) => replica.connected)) return this.#replicas;
    this.#replicas = addresses.map((host) => {
      const known = kept.get(host);
      kept.delete(host);
      const address = { host, port: this.#settings.authority.port };
      return known ?? new Replica(address, this.#settings, (replica) => this.#lost(replica));
    });
    for (const gone of kept.values()) gone.close();
    if (addresses.length === 0) {
      throw error ?? new Error(`${this.#settings.authority.host} has no address`);
    }
    return this.#replicas;
  }

  unary: Transport["unary"] = (method, signal, timeoutMs, header, input, contextValues) =>
    this.#call(method, signal, (transport) =>
      transport.unary(method, signal, timeoutMs, header, input, contextValues),
    );

  stream: Transport["stream"] = (method, signal, timeoutMs, header, input, contextValues) =>
    this.#call(method, signal, (transport) =>
      transport.stream(method, signal, timeoutMs, header, input, contextValues),
    );

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const replica of this.#replicas) replica.close();
    this.#replicas = [];
  }

  async #call<T>(
    method: DescMethod,
    signal: AbortSignal | undefined,
    send: (transport: Transport) => Promise<T>,
  ): Promise<T> {
    if (this.#inFlight >= MAX_IN_FLIGHT) throw overloaded(MAX_IN_FLIGHT);
    this.#inFlight++;
    try {
      if (this.#replicas.length === 0) await this.refresh();
      return await this.#tryReplicas(method, signal, send);
    } finally {
      this.#inFlight--;
    }
  }

  async #tryReplicas<T>(
    method: DescMethod,
    signal: AbortSignal | undefined,
    send: (transport: Transport) => Promise<T>,
  ): Promise<T> {
    const tried = new Set<Replica>();
    // What changes nothing may be sent again when a connection closed under it.
    let mayResend = method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
    for (;;) {
      const replica = this.#pick(tried);
      tried.add(replica);
      try {
        await this.#beforeCall(replica);
        return await send(replica.transport());
      } catch (reason) {
        const failure = classifyFailure(reason);
        if (NOTHING_AMISS.has(failure.kind) || signal?.aborted === true) throw reason;
        if (failure.kind === "refused") replica.ejected = true;
        this.#onSignal({ kind: "failed", failure });
        const nothingSent = failure.kind === "refused" && tried.size < this.#replicas.length;
        // A kept-alive connection may close just as the call is written on it; one new attempt tells.
        const resend = failure.kind === "closed" && mayResend;
        if (!nothingSent && !resend) throw reason;
        if (resend) {
          mayResend = false;
          tried.delete(replica);
        }
      }
    }
  }

  /** The next replica in turn: not yet tried before tried ones, well ones before ejected ones. */
  #pick(tried: ReadonlySet<Replica>): Replica {
    const [only] = this.#replicas;
    if (only !== undefined && this.#replicas.length === 1) return only;
    const fresh = this.#replicas.filter((replica) => !tried.has(replica));
    const well = fresh.filter((replica) => !replica.ejected);
    const choice = well.length > 0 ? well : fresh.length > 0 ? fresh : this.#replicas;
    const picked = choice[this.#turn++ % choice.length];
    if (picked === undefined) {
      throw new ConnectError(`${formatHostPort(this.#settings.authority)} has no address`, Code.Unavailable);
    }
    return picked;
  }

  #lost(replica: Replica): void {
    if (!this.#closed) this.#onSignal({ kind: "lost", address: replica.address });
  }
}
