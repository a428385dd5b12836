import type { AccessServices } from "../../access/create-access.ts";
import type { RunsConfig } from "../../config/config.ts";
import type { LeaseWatching } from "../../credentials/create-credentials.ts";
import type { Leases } from "../../credentials/leases.ts";
import type { EventBus } from "../../events/event-bus.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Metrics } from "../../platform/metrics.ts";
import type { Slots } from "../../slots/slots.ts";
import type { LogCollector } from "../logs/log-collector.ts";
import type { RunMessages } from "../run-messages.ts";
import type { RunQueue } from "../run-queue.ts";
import type { RunTokens } from "../run-token.ts";
import type { RunWatch } from "../run-watch.ts";
import type { ActiveRuns } from "./active-runs.ts";
import { Attempts } from "./attempts.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { DispatchStore } from "./dispatch-store.ts";
import { KnownExecutors } from "./executor-traits.ts";
import type { RunExecutors } from "./executors.ts";
import { Follow } from "./follow.ts";
import { Handover } from "./handover.ts";
import { RunLeaseKeeper } from "./run-lease-keeper.ts";
import { CredentialSource } from "./run-credentials.ts";
import { RunLedger } from "./run-ledger.ts";
import { RunRights } from "./run-rights.ts";
import { SpecCache } from "./spec-cache.ts";

/** What dispatch needs. */
export interface DispatchDeps {
  readonly config: RunsConfig;
  readonly database: Database;
  readonly store: DispatchStore;
  readonly executors: RunExecutors;
  readonly slots: Slots;
  readonly access: AccessServices["access"];
  /** Credential leases. */
  readonly leases: Leases;
  readonly leaseWatch: LeaseWatching;
  readonly tokens: () => Promise<RunTokens>;
  readonly active: ActiveRuns;
  readonly collector: LogCollector;
  readonly queue: RunQueue;
  readonly messages: RunMessages;
  readonly watch: RunWatch;
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where executors reach this ratd; empty when they cannot. */
  readonly reportUrl: () => string;
  /** Ends the calls under way when ratd stops. */
  readonly signal: AbortSignal;
}

/** What takes runs from the queue, brings them to executors and follows them there. */
export interface Dispatch {
  readonly dispatcher: Dispatcher;
  readonly attempts: Attempts;
  readonly follow: Follow;
  readonly ledger: RunLedger;
  readonly runLeases: RunLeaseKeeper;
  readonly rights: RunRights;
  readonly known: KnownExecutors;
}

/** Puts dispatch together. Nothing runs before its parts are started. */
export function createDispatch(deps: DispatchDeps): Dispatch {
  const { config, active, clock } = deps;
  const credentials = new CredentialSource({ ...deps, config: config.credentials });
  const rights = new RunRights(deps);
  const ledger = new RunLedger({ ...deps, credentials });
  const handover = new Handover({
    specs: new SpecCache(deps.database),
    credentials,
    rights,
    tokens: deps.tokens,
    reportUrl: deps.reportUrl,
    leaseMs: config.leaseMs,
    clock,
    signal: deps.signal,
  });
  const known = new KnownExecutors();
  const { executorGraceMs, leaseMs } = config;
  const attempts = new Attempts({ ...deps, ledger, handover, known, executorGraceMs });
  return {
    dispatcher: new Dispatcher({ ...deps, attempts, known }),
    attempts,
    follow: new Follow({ ...deps, active, attempts, known, executorGraceMs }),
    ledger,
    runLeases: new RunLeaseKeeper({ ...deps, attempts, leaseMs, executorGraceMs }),
    rights,
    known,
  };
}
