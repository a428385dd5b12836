import { join } from "node:path";
import type { RunsConfig } from "../config/config.ts";
import type { ServiceListener } from "../health/service-effects.ts";
import type { ServiceHealth } from "../health/services-monitor.ts";
import type { Clock } from "../platform/clock.ts";
import type { Resolver } from "../platform/connection/address-book.ts";
import type { Logger } from "../platform/logger.ts";
import { ManagedRunner } from "./managed-runner.ts";
import { PoolRunners } from "./pool-runners.ts";
import { WarmPool } from "./warm-pool.ts";

/** What the warm pool needs. */
export interface WarmPoolDeps {
  readonly config: Pick<RunsConfig, "runners" | "workspace">;
  readonly dataDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly resolver: Resolver;
  readonly logger: Logger;
  /** The pool as a core service has changed. */
  readonly onChange: ServiceListener;
}

/** The warm pool, as the rest of ratd uses it. */
export interface WarmPoolServices extends Disposable {
  readonly pool: WarmPool;
  /** The pool as a core service; undefined when it is to have no runners. */
  readonly service: () => ServiceHealth | undefined;
  /** Asks the runners that rat.yaml names. Resolves when each has answered or failed. */
  check(): Promise<void>;
  /** Starts the runner of this machine, when rat.yaml names none; disposing of it lets its runs end. */
  start(): AsyncDisposable | undefined;
}

/** Puts the warm pool together: the runners that rat.yaml names, or one that ratd keeps on its own machine. */
export function createWarmPool(deps: WarmPoolDeps): WarmPoolServices {
  const { config, logger } = deps;
  const named = config.runners;
  const expected = named === undefined ? ManagedRunner.installed : named.length > 0;
  const runners = new PoolRunners({ ...deps, expected });
  const pool = new WarmPool(() => runners.list());
  return {
    pool,
    service: () => runners.service,
    check: () => runners.use(named ?? []),
    start() {
      if (named !== undefined) return undefined;
      if (!ManagedRunner.installed) {
        logger.warn("no runner is installed beside this ratd: name runners in runs.runners, or runs wait");
        return undefined;
      }
      const managed = new ManagedRunner({
        ...deps,
        workspace: config.workspace,
        state: join(deps.dataDirectory, "runner"),
        onAddress: (address) => void runners.use([address]),
      });
      managed.start();
      return managed;
    },
    [Symbol.dispose]: () => runners[Symbol.dispose](),
  };
}
