import { connect } from "node:net";
import type { ServiceConfig } from "../config/config.ts";
import type { Clock } from "../platform/clock.ts";
import { printable } from "../platform/connection/failure.ts";

/** How a core service is. */
export interface ServiceHealth {
  readonly name: string;
  readonly state: "healthy" | "down" | "unknown";
  /** Why, one line; empty when there is nothing to say. */
  readonly message: string;
}

/** What the monitor needs. */
export interface ServicesMonitorOptions {
  readonly services: readonly ServiceConfig[];
  readonly clock: Clock;
  /** Called when a service changes. Must not throw. */
  readonly onChange: (before: ServiceHealth, after: ServiceHealth) => void;
}

const INTERVAL_MS = 30_000;
/** While a service is down it is asked more often. */
const DOWN_INTERVAL_MS = 2000;
const TIMEOUT_MS = 5000;

/** Probes the core services that rat.yaml names: HTTP by GET (any 2xx is healthy), TCP by a connection. */
export class ServicesMonitor implements Disposable {
  readonly #options: ServicesMonitorOptions;
  readonly #health = new Map<string, ServiceHealth>();
  readonly #abort = new AbortController();
  readonly #timers = new Map<string, () => void>();

  constructor(options: ServicesMonitorOptions) {
    this.#options = options;
    for (const { name } of options.services) this.#health.set(name, { name, state: "unknown", message: "" });
  }

  /** Probes all services and keeps on. Resolves when each was asked once. */
  async start(): Promise<void> {
    await Promise.all(this.#options.services.map((service) => this.#watch(service)));
  }

  list(): readonly ServiceHealth[] {
    return [...this.#health.values()];
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    for (const cancel of this.#timers.values()) cancel();
  }

  async #watch(service: ServiceConfig): Promise<void> {
    const before = this.#health.get(service.name);
    const after = await this.#probe(service);
    if (this.#abort.signal.aborted || before === undefined) return;
    this.#health.set(service.name, after);
    if (after.state !== before.state) this.#options.onChange(before, after);
    const delay = after.state === "healthy" ? INTERVAL_MS : DOWN_INTERVAL_MS;
    this.#timers.set(
      service.name,
      this.#options.clock.after(delay, () => void this.#watch(service)),
    );
  }

  async #probe({ name, url }: ServiceConfig): Promise<ServiceHealth> {
    try {
      await (url.protocol === "tcp:" ? probeTcp(url) : this.#probeHttp(url));
      return { name, state: "healthy", message: "" };
    } catch (reason) {
      const cause = reason instanceof Error && reason.cause instanceof Error ? reason.cause : reason;
      return {
        name,
        state: "down",
        message: printable(cause instanceof Error ? cause.message : String(cause)),
      };
    }
  }

  async #probeHttp(url: URL): Promise<void> {
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(url, { redirect: "manual", signal });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`answered ${response.status}`);
  }
}

function probeTcp(url: URL): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  const socket = connect({ host, port: Number(url.port), timeout: TIMEOUT_MS });
  socket.once("connect", () => resolve());
  socket.once("timeout", () => reject(new Error("no connection in time")));
  socket.once("error", reject);
  return promise.finally(() => socket.destroy());
}
