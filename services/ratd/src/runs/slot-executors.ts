import type { ExecutorPort } from "../slots/executor/executor.ts";
import type { Slots } from "../slots/slots.ts";
import type { RunExecutor, RunExecutors } from "./dispatch/executors.ts";
import type { Isolation } from "./run.ts";

/** The built-in executor, with a word on why it takes no runs. */
export interface WaitingExecutor extends ExecutorPort {
  readonly waiting: string | undefined;
  /** Whether there is one at all. */
  readonly present: boolean;
}

/** The name of the built-in executor on the runs that it has. */
export const WARM_POOL = "warm-pool";

/** What the executor slot holds, as dispatch sees it: the plugin while it serves, else the warm pool if that may. */
export class SlotExecutors implements RunExecutors {
  readonly #slots: Slots;
  readonly #pool: WaitingExecutor;

  constructor(deps: { readonly slots: Slots; readonly pool: WaitingExecutor }) {
    this.#slots = deps.slots;
    this.#pool = deps.pool;
  }

  taking(): RunExecutor | string {
    const { plugin, status } = this.#slots.current().bindings.executor;
    const { servedBy, reason } = status;
    if (servedBy === "nobody") return `The executor slot refuses runs. ${reason}`;
    if (servedBy === "plugin" && plugin !== undefined) return this.find(plugin.name) ?? reason;
    return this.#pool.waiting ?? this.#warmPool;
  }

  find(name: string): RunExecutor | undefined {
    if (name === WARM_POOL) return this.#warmPool;
    const { plugin, port } = this.#slots.current().bindings.executor;
    if (port === undefined || plugin?.name !== name) return undefined;
    return { name, port, isolations: ["process", "container"] };
  }

  names(): readonly string[] {
    const { plugin } = this.#slots.current().bindings.executor;
    const pool = this.#pool.present ? [WARM_POOL] : [];
    return plugin === undefined ? pool : [plugin.name, ...pool];
  }

  waitingReason(isolation: Isolation): string {
    const taking = this.taking();
    if (typeof taking === "string") return taking;
    if (taking.isolations.includes(isolation)) return "";
    return "It asks for isolation container: it waits for an executor plugin, since the warm pool never runs it.";
  }

  get #warmPool(): RunExecutor {
    return { name: WARM_POOL, port: this.#pool, isolations: ["process"] };
  }
}
