import { randomUUID } from "node:crypto";
import type { AccessServices } from "../access/create-access.ts";
import type { RunsConfig } from "../config/config.ts";
import type { LeaseWatching } from "../credentials/create-credentials.ts";
import type { Leases } from "../credentials/leases.ts";
import type { EventBus } from "../events/event-bus.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/database.ts";
import { openDatabase, type DatabaseConnection } from "../platform/database/open-database.ts";
import { silentLogger, type Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Schema } from "../schema/schema.ts";
import type { SharedKeys } from "../schema/shared-keys.ts";
import type { Slots } from "../slots/slots.ts";
import { ActiveRuns } from "./dispatch/active-runs.ts";
import { createDispatch, type Dispatch } from "./dispatch/create-dispatch.ts";
import { DispatchStore } from "./dispatch/dispatch-store.ts";
import type { RunExecutors } from "./dispatch/executors.ts";
import { LogCollector } from "./logs/log-collector.ts";
import { LogStore } from "./logs/log-store.ts";
import { RunLogs } from "./logs/run-logs.ts";
import { reportService } from "./report-service.ts";
import { Retention } from "./retention.ts";
import { RunCanceller } from "./run-canceller.ts";
import type { RunMessages } from "./run-messages.ts";
import { RunPulse } from "./run-pulse.ts";
import type { RunQueue } from "./run-queue.ts";
import { RunService } from "./run-service.ts";
import { RunStore } from "./run-store.ts";
import { RunSubmitter } from "./run-submitter.ts";
import { RunTokens } from "./run-token.ts";
import { RunWatch } from "./run-watch.ts";

/** What runs need. */
export interface RunsDeps {
  readonly config: RunsConfig;
  readonly connection: DatabaseConnection;
  readonly database: Database;
  readonly schema: Schema;
  readonly keys: SharedKeys;
  readonly messages: RunMessages;
  readonly queue: RunQueue;
  readonly executors: RunExecutors;
  readonly slots: Slots;
  readonly access: Pick<AccessServices, "access" | "onForget">;
  /** Credential leases. */
  readonly leases: Leases;
  readonly leaseWatch: LeaseWatching;
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where executors reach this ratd; empty when they cannot. */
  readonly reportUrl: () => string;
}

/** Runs, as the rest of ratd uses them. */
export interface Runs extends AsyncDisposable {
  /** Serves callers. */
  readonly service: RunService;
  readonly submitter: RunSubmitter;
  readonly store: RunStore;
  readonly logs: RunLogs;
  /** Serves the reports of executors. */
  readonly reports: ReturnType<typeof reportService>;
  /** Begins to claim, to follow and to adopt. */
  start(): void;
  /** Whether the executor that takes runs now starts each exactly once; undefined before it was asked. */
  startsOnce(): boolean | undefined;
}

/** Connections for run leases and adoption, apart from the pool that requests use. */
const HEARTBEAT_CONNECTIONS = 2;

/** Puts runs together: what takes them in, hands them out, follows them and tells of them. */
export function createRuns(deps: RunsDeps): Runs {
  const { config, database, clock, executors } = deps;
  const stop = new AbortController();
  const heartbeat = openDatabase({
    connection: deps.connection,
    // The pool of requests tells of outages.
    logger: silentLogger,
    clock,
    maxConnections: HEARTBEAT_CONNECTIONS,
  });
  const dispatchStore = new DispatchStore({
    database,
    heartbeat,
    owner: randomUUID(),
    leaseMs: config.leaseMs,
  });
  const tokens = async () => new RunTokens(await deps.keys.get("runs"));
  const store = new RunStore(deps);
  const submitter = new RunSubmitter(deps);
  const active = new ActiveRuns();
  const watch = new RunWatch();
  const logs = new RunLogs({ ...deps, store: new LogStore(database, config.logBytes) });
  const collector = new LogCollector({ ...deps, logs, active });
  const shared = {
    ...deps,
    access: deps.access.access,
    store: dispatchStore,
    active,
    watch,
    collector,
    tokens,
  };
  const dispatch = createDispatch({ ...shared, signal: stop.signal });
  const { attempts, ledger, known } = dispatch;
  const canceller = new RunCanceller({ ...deps, store, active, attempts, watch });
  const retention = new Retention({ ...deps, retentionMs: config.retentionMs });
  const pulse = new RunPulse({ ...deps, ...dispatch, active, retention, watch, pollMs: config.pollMs });
  const unlink = link(deps, { dispatch, collector, canceller, watch, logs });
  return {
    service: new RunService({ ...shared, store, submitter, logs, canceller }),
    submitter,
    store,
    logs,
    reports: reportService({ ...shared, ledger, logs }),
    start: () => pulse.start(),
    startsOnce() {
      const taking = executors.taking();
      return typeof taking === "string" ? undefined : known.traits(taking.name).startsOnce;
    },
    async [Symbol.asyncDispose]() {
      unlink();
      await pulse[Symbol.asyncDispose]();
      stop.abort();
      await heartbeat[Symbol.asyncDispose]();
    },
  };
}

/** Who hears of what, between the parts of runs. Answers how to end it. */
function link(
  { queue, messages, access }: Pick<RunsDeps, "queue" | "messages" | "access">,
  parts: {
    readonly dispatch: Dispatch;
    readonly collector: LogCollector;
    readonly canceller: RunCanceller;
    readonly watch: RunWatch;
    readonly logs: RunLogs;
  },
): () => void {
  const { collector, canceller, watch, logs } = parts;
  const { dispatcher, attempts, rights } = parts.dispatch;
  collector.onEnd((run, executor) => void attempts.settle(run, executor));
  rights.onRevoked((run, reason) => canceller.revoke(run, reason));
  const ends = [
    queue.onLook(() => dispatcher.look()),
    access.onForget(() => rights.look()),
    () => rights[Symbol.dispose](),
    messages.hear({
      queue: () => queue.look(),
      run: (id) => watch.changed(id),
      logs: (id) => logs.wake(id),
      cancel: (id) => canceller.cancelHere(id),
      gap() {
        watch.changedAll();
        logs.wake();
        queue.look();
      },
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
