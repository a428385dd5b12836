import { randomUUID } from "node:crypto";
import type { AccessServices } from "../access/create-access.ts";
import type { RunsConfig } from "../config/config.ts";
import type { Leases } from "../credentials/leases.ts";
import type { EventBus } from "../events/event-bus.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/database.ts";
import { openDatabase, type DatabaseConnection } from "../platform/database/open-database.ts";
import { silentLogger, type Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Bulletin } from "../replicas/bulletin.ts";
import type { Schema } from "../schema/schema.ts";
import type { SharedKeys } from "../schema/shared-keys.ts";
import type { Slots } from "../slots/slots.ts";
import { ActiveRuns } from "./dispatch/active-runs.ts";
import { Dispatcher } from "./dispatch/dispatcher.ts";
import { DispatchStore } from "./dispatch/dispatch-store.ts";
import { ExecutorTraits } from "./dispatch/executor-traits.ts";
import type { RunExecutors } from "./dispatch/executors.ts";
import { Follow } from "./dispatch/follow.ts";
import { Handover } from "./dispatch/handover.ts";
import { LeaseKeeper } from "./dispatch/lease-keeper.ts";
import { CredentialSource } from "./dispatch/run-credentials.ts";
import { RunLedger } from "./dispatch/run-ledger.ts";
import { RunRights } from "./dispatch/run-rights.ts";
import { SpecCache } from "./dispatch/spec-cache.ts";
import { LogCollector } from "./logs/log-collector.ts";
import { LogStore } from "./logs/log-store.ts";
import { RunLogs } from "./logs/run-logs.ts";
import { reportService, type ReportServiceDeps } from "./report-service.ts";
import { Retention } from "./retention.ts";
import { RunMessages } from "./run-messages.ts";
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
  readonly bulletin: Bulletin;
  readonly schema: Schema;
  readonly keys: SharedKeys;
  readonly executors: RunExecutors;
  readonly slots: Slots;
  readonly access: Pick<AccessServices, "access" | "onForget">;
  readonly leases: Leases;
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
  /** Runs were committed to the queue: all ratd look. */
  wake(): void;
  /** A place has become free, or an executor has come back: this ratd looks. */
  look(): void;
  /** Begins to claim, to follow and to adopt. */
  start(): void;
  /** Whether the executor that takes runs now starts each exactly once; undefined before it was asked. */
  startsOnce(): boolean | undefined;
}

/** Where the ratd of one database tell each other about runs. */
const CHANNEL = "rat_runs";
/** Connections for leases and adoption, apart from the pool that requests use. */
const HEARTBEAT_CONNECTIONS = 2;

/** Puts runs together: what takes them in, hands them out, follows them and tells of them. */
export function createRuns(deps: RunsDeps): Runs {
  const { config, database, schema, slots, events, metrics, clock, logger, executors } = deps;
  const stop = new AbortController();
  const runStore = new RunStore({ database, schema });
  const owner = randomUUID();
  const heartbeat = openDatabase({
    connection: deps.connection,
    // The pool of requests tells of outages.
    logger: silentLogger,
    clock,
    maxConnections: HEARTBEAT_CONNECTIONS,
  });
  const store = new DispatchStore({ database, heartbeat, owner, leaseMs: config.leaseMs });
  const active = new ActiveRuns();
  const watch = new RunWatch();
  const traitsByName = new Map<string, ExecutorTraits>();
  const traits = (name: string) => {
    const known = traitsByName.get(name) ?? new ExecutorTraits();
    traitsByName.set(name, known);
    return known;
  };
  let tokens: Promise<RunTokens> | undefined;
  const runTokens = () => {
    tokens ??= deps.keys.get("runs").then(
      (key) => new RunTokens(key),
      (error: unknown) => {
        tokens = undefined;
        throw error;
      },
    );
    return tokens;
  };

  const messages = new RunMessages({
    queue: () => dispatcher.wake(),
    run: (id) => watch.changed(id),
    logs: (id) => logs.wake(id),
    cancel: (id) => void cancelActive(id),
    gap: () => {
      watch.changedAll();
      logs.wake();
      dispatcher.wake();
    },
  });
  const unsubscribe = deps.bulletin.subscribe(CHANNEL, messages);
  const tell = (kind: "queue" | "run" | "logs" | "cancel", id = "") =>
    deps.bulletin.publish(CHANNEL, `${kind} ${id}`.trim());

  const logs = new RunLogs({
    store: new LogStore(database, config.logBytes),
    metrics,
    tell: (run) => tell("logs", run),
  });
  const collector = new LogCollector({
    logs,
    active,
    clock,
    logger,
    onEnd: (run, executor) => void follow.settle(run, executor),
  });
  const ledger = new RunLedger({
    store,
    active,
    watch,
    events,
    metrics,
    clock,
    tell: (id) => tell("run", id),
    wake: () => dispatcher.wake(),
    onEnd: (run) => credentials.release(run),
  });
  const credentials = new CredentialSource({
    slots,
    access: deps.access.access,
    leases: deps.leases,
    clock,
    logger,
    config: config.credentials,
  });
  const rights = new RunRights({
    access: deps.access.access,
    slots,
    active,
    clock,
    logger,
    async cancel(run, reason) {
      logger.warn(
        { run: run.run.id, reason },
        "a run was cancelled, since its creator may no longer execute it",
      );
      await runStore.cancel(run.run.id, run.run.createdBy);
      await follow.cancel(run);
    },
  });
  const handover = new Handover({
    specs: new SpecCache(database),
    credentials,
    rights,
    tokens: runTokens,
    reportUrl: deps.reportUrl,
    leaseMs: config.leaseMs,
    clock,
    signal: stop.signal,
  });
  const follow = new Follow({
    store,
    active,
    ledger,
    handover,
    executors,
    traits,
    executorGraceMs: config.executorGraceMs,
    clock,
    logger,
    onBegin: (run, executor) => collector.collect(run, executor),
  });
  const dispatcher = new Dispatcher({
    store,
    active,
    ledger,
    handover,
    follow,
    executors,
    traits,
    config,
    ready: () => begun && schema.present,
    clock,
    logger,
    metrics,
  });
  const leases = new LeaseKeeper({
    store,
    active,
    leaseMs: config.leaseMs,
    executorGraceMs: config.executorGraceMs,
    executors,
    clock,
    logger,
    metrics,
    onCancel: (run) => void follow.cancel(run),
    onAdopt: (adopted) => {
      for (const run of adopted) {
        const executor = executors.find(run.run.executor);
        if (executor !== undefined) void follow.settle(run, executor);
      }
    },
  });
  const retention = new Retention({ database, schema, clock, logger, retentionMs: config.retentionMs });
  const cancelActive = async (id: string) => {
    const run = active.get(id);
    if (run !== undefined) await follow.cancel(run);
  };
  const wake = () => {
    dispatcher.wake();
    tell("queue");
  };

  const ignoreChanges = deps.access.onForget(() => rights.look());
  let begun = false;
  let cancelPoll: () => void = () => undefined;
  const poll = () => {
    cancelPoll = clock.after(config.pollMs, () => {
      watch.changedAll();
      if (!schema.present) return poll();
      void begin();
      dispatcher.wake();
      for (const [name, runs] of Map.groupBy(active.all(), ({ run }) => run.executor)) {
        metrics.runsActive.set({ executor: name }, runs.length);
      }
      void follow
        .poll()
        .catch((reason: unknown) => logger.error({ err: reason }, "runs could not be followed"))
        .finally(() => {
          if (!stop.signal.aborted) poll();
        });
    });
  };

  const begin = async () => {
    if (begun || stop.signal.aborted) return;
    begun = true;
    leases.start();
    retention.start();
    await leases.beat();
    await follow.poll().catch(() => undefined);
    dispatcher.wake();
  };

  const submitter = new RunSubmitter({ database, schema, queue: { wake } });
  const cancel: RunStore["cancel"] = async (id, by) => {
    const result = await runStore.cancel(id, by);
    watch.changed(id);
    tell("run", id);
    if (result !== "cancelling") return result;
    if (active.get(id) === undefined) tell("cancel", id);
    else void cancelActive(id);
    return result;
  };
  const reportDeps: ReportServiceDeps = { store, ledger, active, logs, collector, tokens: runTokens, clock };
  return {
    service: new RunService({
      store: runStore,
      submitter,
      logs,
      watch,
      cancel,
      executors,
      access: deps.access.access,
      clock,
    }),
    submitter,
    store: runStore,
    logs,
    reports: reportService(reportDeps),
    wake,
    look: () => dispatcher.wake(),
    start() {
      poll();
      void schema.ready().then(begin, () => undefined);
    },
    startsOnce() {
      const taking = executors.taking();
      const known = typeof taking === "string" ? undefined : traitsByName.get(taking.name);
      return known?.known === true ? known.inquiry !== "none" : undefined;
    },
    async [Symbol.asyncDispose]() {
      dispatcher.stop();
      cancelPoll();
      ignoreChanges();
      rights[Symbol.dispose]();
      leases[Symbol.dispose]();
      retention[Symbol.dispose]();
      // Whoever comes next need not wait for the leases to lapse.
      const mine = active.all().map(({ run }) => run);
      if (mine.length > 0) await store.yield(mine).catch(() => undefined);
      stop.abort();
      unsubscribe();
      await heartbeat[Symbol.asyncDispose]();
    },
  };
}
