import type { ServiceConfig } from "../config/config.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/database.ts";
import type { ServiceListener } from "./service-effects.ts";
import { ServicesMonitor, type ServiceHealth } from "./services-monitor.ts";

/** What watching the core services needs. */
export interface CoreServicesDeps {
  readonly database: Pick<Database, "status" | "onChange">;
  readonly clock: Clock;
  readonly onChange: ServiceListener;
}

/** The services that ratd itself rests on: PostgreSQL, and those that rat.yaml names. */
export class CoreServices implements Disposable {
  readonly #database: CoreServicesDeps["database"];
  readonly #monitor: ServicesMonitor;
  readonly #unsubscribe: () => void;

  constructor({ database, clock, onChange }: CoreServicesDeps) {
    this.#database = database;
    this.#monitor = new ServicesMonitor({ clock, onChange });
    this.#unsubscribe = database.onChange(({ state, message }) => {
      const before = state === "healthy" ? "down" : "healthy";
      onChange({ state: before }, { name: "postgres", state, message });
    });
  }

  /** PostgreSQL. */
  get postgres(): ServiceHealth {
    const { state, message } = this.#database.status();
    return { name: "postgres", state, message };
  }

  /** Those of rat.yaml. */
  list(): readonly ServiceHealth[] {
    return this.#monitor.list();
  }

  /** Probes exactly these besides PostgreSQL from now on. Resolves when each that is new was asked once. */
  use(services: readonly ServiceConfig[]): Promise<void> {
    return this.#monitor.use(services);
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    this.#monitor[Symbol.dispose]();
  }
}
