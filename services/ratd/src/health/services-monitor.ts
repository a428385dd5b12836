import type { ServiceConfig } from "../config/config.ts";
import type { Clock } from "../platform/clock.ts";
import { httpProber } from "./http-prober.ts";
import type { Prober } from "./prober.ts";
import { tcpProber } from "./tcp-prober.ts";

/** How a core service is. */
export interface ServiceHealth {
  readonly name: string;
  readonly state: "healthy" | "down" | "unknown";
  /** Why, one line; empty when there is nothing to say. */
  readonly message: string;
}

/** What the monitor needs. */
export interface ServicesMonitorOptions {
  readonly clock: Clock;
  /** Called when a service changes. Must not throw. */
  readonly onChange: (before: ServiceHealth, after: ServiceHealth) => void;
}

const INTERVAL_MS = 30_000;
/** While a service is down it is asked more often. */
const DOWN_INTERVAL_MS = 2000;
const TIMEOUT_MS = 5000;

interface Watched {
  readonly config: ServiceConfig;
  readonly prober: Prober;
  health: ServiceHealth;
  cancel: () => void;
}

/** Probes the core services that rat.yaml names: HTTP by GET (any 2xx is healthy), TCP by a connection. */
export class ServicesMonitor implements Disposable {
  readonly #options: ServicesMonitorOptions;
  #watched: readonly Watched[] = [];

  constructor(options: ServicesMonitorOptions) {
    this.#options = options;
  }

  /** Probes exactly these services from now on. Resolves when each that is new was asked once. */
  async use(services: readonly ServiceConfig[]): Promise<void> {
    const before = this.#watched;
    const same = (a: ServiceConfig, b: ServiceConfig) => a.name === b.name && a.url.href === b.url.href;
    const kept = (config: ServiceConfig) => before.find((watched) => same(watched.config, config));
    this.#watched = services.map((config) => kept(config) ?? watch(config));
    for (const watched of before) if (!this.#watched.includes(watched)) end(watched);
    const fresh = this.#watched.filter((watched) => !before.includes(watched));
    await Promise.all(fresh.map((watched) => this.#probe(watched)));
  }

  list(): readonly ServiceHealth[] {
    return this.#watched.map(({ health }) => health);
  }

  [Symbol.dispose](): void {
    for (const watched of this.#watched) end(watched);
    this.#watched = [];
  }

  async #probe(watched: Watched): Promise<void> {
    const { name } = watched.config;
    const answer = await watched.prober.probe({ scope: "all", anew: true });
    if (!this.#watched.includes(watched)) return;
    const before = watched.health;
    const well = answer.kind === "answer" && answer.status === "healthy";
    watched.health = { name, state: well ? "healthy" : "down", message: answer.message };
    if (watched.health.state !== before.state) this.#options.onChange(before, watched.health);
    const delay = well ? INTERVAL_MS : DOWN_INTERVAL_MS;
    watched.cancel = this.#options.clock.after(delay, () => void this.#probe(watched));
  }
}

function watch(config: ServiceConfig): Watched {
  const { name, url } = config;
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  const prober =
    url.protocol === "tcp:"
      ? tcpProber({ host, port: Number(url.port) }, TIMEOUT_MS)
      : httpProber(url, TIMEOUT_MS);
  return { config, prober, health: { name, state: "unknown", message: "" }, cancel: () => undefined };
}

function end({ cancel, prober }: Watched): void {
  cancel();
  prober[Symbol.dispose]();
}
