import { randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createAccess } from "./access/create-access.ts";
import { bootstrapKeyFile, writeBootstrapKey } from "./access/keys/bootstrap-key.ts";
import type { KeyStore } from "./access/keys/key-store.ts";
import type { Auditor } from "./audit/audit.ts";
import { createAudit } from "./audit/create-audit.ts";
import { slotEntries } from "./audit/slot-entries.ts";
import { describeEntry, type Config, type PluginEntry } from "./config/config.ts";
import { formatHostPort, type HostPort } from "./platform/host-port.ts";
import { LiveConfig } from "./config/live-config.ts";
import { loadChange, type ConfigSources } from "./config/load-config.ts";
import { SLOT_NAMES } from "./config/schema.ts";
import { reloadEffects, type ReloadAsker } from "./audit/reload-effects.ts";
import { createCredentials } from "./credentials/create-credentials.ts";
import { EventBus } from "./events/event-bus.ts";
import { ServicesMonitor, type ServiceHealth } from "./health/services-monitor.ts";
import { startHttpServer } from "./http/http-server.ts";
import { startInternalServer } from "./internal/internal-server.ts";
import { createPipelines } from "./pipelines/create-pipelines.ts";
import { systemClock, type Clock } from "./platform/clock.ts";
import { systemResolver, type Resolver } from "./platform/connection/address-book.ts";
import { openDataDirectory } from "./platform/data-directory/data-directory.ts";
import { openDatabase, type DatabaseConnection } from "./platform/database/open-database.ts";
import type { DatabaseStatus } from "./platform/database/database.ts";
import { startEmbeddedPostgres } from "./platform/embedded-postgres/embedded-postgres.ts";
import type { Logger } from "./platform/logger.ts";
import { createMetrics } from "./platform/metrics.ts";
import type { ConfiguredPlugins } from "./plugins/configured-plugins.ts";
import { createPlugins } from "./plugins/create-plugins.ts";
import { Bulletin } from "./replicas/bulletin.ts";
import { createRuns, type Runs } from "./runs/runs.ts";
import { SlotExecutors } from "./runs/slot-executors.ts";
import { Schema } from "./schema/schema.ts";
import { SharedKeys } from "./schema/shared-keys.ts";
import { showSlot, slotEffects } from "./slots/slot-effects.ts";
import { Slots } from "./slots/slots.ts";
import { createTriggers } from "./triggers/create-triggers.ts";
import { startTriggers } from "./triggers/start-triggers.ts";
import { VERSION } from "./version.ts";
import { ManagedRunner } from "./warm-pool/managed-runner.ts";
import { PoolRunners } from "./warm-pool/pool-runners.ts";
import { WarmPool } from "./warm-pool/warm-pool.ts";

/** What ratd takes from the process around it. */
export interface RatdOptions {
  readonly config: Config;
  /** Where it was read, to be read again on a reload. */
  readonly sources: ConfigSources;
  readonly logger: Logger;
  /** Gives up the start. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly resolver?: Resolver;
}

/** A running ratd. Disposing of it drains and stops everything in reverse order. */
export interface Ratd extends AsyncDisposable {
  readonly address: HostPort;
  readonly internalAddress: HostPort;
  readonly slots: Slots;
  /** The configuration in force, which a reload changes. */
  readonly live: LiveConfig<ReloadAsker>;
  /** Checks every plugin now, besides the checks that are due. Resolves when all have settled. */
  checkNow(): Promise<void>;
  /** How to reach the embedded PostgreSQL; undefined with one of the operator's. */
  readonly embeddedDatabase: string | undefined;
}

/**
 * The composition root: the one place that knows every part. It starts from top to bottom and stops in reverse; a
 * failure half-way stops what had started.
 *
 * @throws RatError that says what is in the way.
 */
export async function startRatd(options: RatdOptions): Promise<Ratd> {
  const { config, sources, logger, signal, env } = options;
  const { clock = systemClock, random = Math.random, resolver = systemResolver } = options;
  await using stack = new AsyncDisposableStack();
  const metrics = createMetrics(VERSION);
  const events = new EventBus(() => clock.now());
  const live = new LiveConfig<ReloadAsker>(config, (running) => loadChange(sources, running));
  let draining = false;
  const ready = () => !draining;

  // Storage
  const dataDirectory = stack.use(await openDataDirectory({ path: config.dataDirectory, clock }));
  signal.throwIfAborted();
  let connection: DatabaseConnection | undefined = config.databaseUrl;
  let embeddedDatabase: string | undefined;
  if (connection === undefined) {
    const postgres = stack.use(
      await startEmbeddedPostgres({ dataDirectory: dataDirectory.path, logger, signal, environment: env }),
    );
    if (postgres.notice !== undefined) logger.info({ cluster: postgres.cluster }, postgres.notice);
    connection = postgres.connection;
    embeddedDatabase = postgres.connectionString;
    logger.info({ database: embeddedDatabase }, "embedded PostgreSQL runs");
  }
  signal.throwIfAborted();
  const database = stack.use(openDatabase({ connection, logger, clock }));
  const bulletin = stack.use(new Bulletin({ connection, clock, self: randomUUID() }));
  const schema = new Schema({ database, logger });
  const keys = new SharedKeys({ database, schema, randomBytes });

  // The audit log, before everything that is written down in it
  const auditServices = stack.use(
    await createAudit({
      dataDirectory: dataDirectory.path,
      database,
      schema,
      events,
      metrics,
      clock,
      logger,
    }),
  );
  const { auditor: audit, log: auditLog } = auditServices;
  audit.record({ ...byRatd, action: "ratd.start", details: { version: VERSION } });
  stack.defer(() => audit.record({ ...byRatd, action: "ratd.stop" }));

  // Core services
  const announce = (name: string, from: string, to: ServiceHealth["state"], message: string) => {
    metrics.serviceUp.set({ service: name }, to === "healthy" ? 1 : 0);
    events.publish("services", `service.health.${to}`, name, { from, to, message });
    logger[to === "down" ? "error" : "info"]({ service: name, from, to, message }, "service health");
  };
  const services = stack.use(
    new ServicesMonitor({
      clock,
      onChange: (before, after) => announce(after.name, before.state, after.state, after.message),
    }),
  );
  stack.defer(
    database.onChange(({ state, message }) =>
      announce("postgres", state === "healthy" ? "down" : "healthy", state, message),
    ),
  );
  metrics.serviceUp.set({ service: "postgres" }, database.status().state === "healthy" ? 1 : 0);

  // Access
  const access = stack.use(
    createAccess({ live, connection, database, bulletin, schema, metrics, clock, logger }),
  );
  const credentials = createCredentials({
    config: config.runs.credentials,
    database,
    schema,
    access,
    audit,
    clock,
    logger,
  });

  // Plugins and slots
  const runners = stack.use(
    new PoolRunners({
      clock,
      random,
      resolver,
      expected: config.runs.runners === undefined ? ManagedRunner.installed : config.runs.runners.length > 0,
      onChange: (before, after) => {
        announce(after.name, before.state, after.state, after.message);
        runs.look();
      },
    }),
  );
  const pool = new WarmPool(() => runners.list());
  const slots = new Slots({
    builtins: { executor: pool },
    clock,
    onStandIn: (slot) => metrics.slotFallbackRequests.inc({ slot }),
  });
  const plugins = stack.use(
    createPlugins({
      clock,
      random,
      resolver,
      database,
      schema,
      slots,
      events,
      metrics,
      logger,
      requestMs: () => live.current.limits.requestMs,
    }),
  );
  const executors = new SlotExecutors({ slots, pool });
  stack.use(credentials.watch(slots));
  let internalAddress: HostPort | undefined;
  const runs: Runs = stack.use(
    createRuns({
      config: config.runs,
      connection,
      database,
      bulletin,
      schema,
      keys,
      executors,
      slots,
      access,
      leases: credentials.leases,
      events,
      metrics,
      clock,
      logger,
      reportUrl: () => config.runs.reportUrl ?? reportUrlOf(internalAddress),
    }),
  );
  const pipelines = createPipelines({ config: config.runs, database, schema, events, access });
  const triggers = createTriggers({ database, schema, keys, events, queue: runs, access });
  stack.use(
    startTriggers({
      triggers: triggers.triggers,
      storage: { database, schema },
      events,
      queue: runs,
      clock,
      logger,
      pollMs: config.runs.pollMs,
    }),
  );
  plugins.configured.begin(config.plugins);
  for (const entry of config.plugins) logger.info(`${describeEntry(entry)}${openRemark(entry)}`);
  for (const slot of SLOT_NAMES) showSlot(metrics, slots.current().bindings[slot]);
  // The enforcement plugin is followed while it serves, if it offers that.
  const followEnforcement = () => {
    const { plugin, port, status } = slots.current().bindings.enforcement;
    const description = plugin && plugins.configured.find(plugin.name)?.plugin.description;
    const offers = description?.capabilities.includes("watch_invalidations") === true;
    access.watch.follow(status.servedBy === "plugin" && offers ? port : undefined);
  };

  // Links between the rooms
  live.follow({ prepare: ({ plugins: entries }) => plugins.configured.prepare(entries) });
  live.onChange((after) => void services.use(after.services));
  live.onReload(reloadEffects({ events, metrics, logger, audit }));
  slots.onChange(() => access.forget());
  slots.onChange(slotEffects({ events, metrics, logger, standIns: (slot) => slots.standIns(slot) }));
  slots.onChange((before, after) => {
    for (const entry of slotEntries(before, after)) audit.record(entry);
  });
  slots.onChange((_, { status: { slot } }) => {
    if (slot === "executor") runs.look();
    if (slot === "enforcement") followEnforcement();
  });
  plugins.configured.onDescribed(followEnforcement);
  await firstChecks(
    plugins.configured,
    [
      services.use(config.services),
      runners.use(config.runs.runners ?? []),
      database.query("SELECT 1").catch(() => undefined),
    ],
    clock,
    signal,
  );
  signal.throwIfAborted();

  // Listeners, last: nobody is served before the slots are known
  const internal = stack.use(
    await startInternalServer({
      listen: config.internalListen,
      version: VERSION,
      ready,
      reports: runs.reports,
    }),
  );
  internalAddress = internal.address;
  if (config.runs.runners === undefined) {
    const managed = manageRunner(options, (address) => void runners.use([address]));
    if (managed !== undefined) stack.use(managed).start();
  }
  runs.start();
  access.start();
  void announceBootstrapKey(options, access.keyStore, audit);
  const http = await startHttpServer({
    live,
    version: VERSION,
    slots,
    plugins,
    services: () => [
      postgresHealth(database.status()),
      ...(runners.service === undefined ? [] : [runners.service]),
      ...services.list(),
    ],
    access,
    audit,
    auditLog,
    leases: credentials.leases,
    credentials: credentials.credentials,
    runs: runs.service,
    startsOnce: () => runs.startsOnce(),
    ...pipelines,
    ...triggers,
    events,
    metrics,
    clock,
    logger,
    ready,
  });
  stack.defer(() => http.drain());
  stack.defer(() => {
    draining = true;
  });
  signal.throwIfAborted();
  const parts = stack.move();
  return {
    address: http.address,
    internalAddress: internal.address,
    slots,
    live,
    checkNow: () => plugins.configured.checkNow(),
    embeddedDatabase,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Least wait for what is asked at the start, milliseconds. */
const FIRST_ANSWER_MS = 3000;

/** Waits for the first answers, but no longer than one check may take: what hangs delays the start no more. */
async function firstChecks(
  plugins: ConfiguredPlugins,
  others: readonly Promise<unknown>[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { promise: limit, resolve } = Promise.withResolvers<void>();
  const longest = Math.max(
    FIRST_ANSWER_MS,
    ...plugins.list().map(({ entry }) => entry.target.health.timeoutMs),
  );
  const cancel = clock.after(longest, resolve);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await Promise.race([Promise.all([...others, plugins.checkNow()]), limit]);
  cancel();
}

/** The runner that ratd keeps on this machine; undefined when none is installed beside it. */
function manageRunner(
  { config, env, clock = systemClock, logger }: RatdOptions,
  onAddress: (address: HostPort) => void,
): ManagedRunner | undefined {
  if (!ManagedRunner.installed) {
    logger.warn("no runner is installed beside this ratd: name runners in runs.runners, or runs wait");
    return undefined;
  }
  const state = join(config.dataDirectory, "runner");
  return new ManagedRunner({ workspace: config.runs.workspace, state, env, clock, logger, onAddress });
}

/** What audit records say of what nobody asked for. */
const byRatd = { actor: "ratd", authMode: "none", result: "ok" } as const;

/** Makes the first API key, once for each database, and says at every start where it lies. */
async function announceBootstrapKey(
  { config, logger }: RatdOptions,
  store: KeyStore,
  audit: Auditor,
): Promise<void> {
  const { dataDirectory } = config;
  const recorded = (id: string) =>
    audit.demand({ ...byRatd, action: "keys.bootstrap", objectType: "key", objectId: id });
  try {
    await writeBootstrapKey({ store, dataDirectory, randomBytes, recorded });
    const keyFile = bootstrapKeyFile(dataDirectory);
    if (existsSync(keyFile)) logger.info({ keyFile }, `the first API key, with all scopes, is in ${keyFile}`);
  } catch (err) {
    logger.error({ err }, "the first API key was not made; the next start tries again");
  }
}

/** Where executors on this machine reach the internal listener; empty when its address names no host. */
function reportUrlOf(address: HostPort | undefined): string {
  if (address === undefined || ["0.0.0.0", "::"].includes(address.host)) return "";
  return `http://${formatHostPort(address)}`;
}

function postgresHealth({ state, message }: DatabaseStatus): ServiceHealth {
  return { name: "postgres", state, message };
}

/** Says at the start which slots open when their plugin goes down. */
function openRemark({ policy: { slot, onDown } }: PluginEntry): string {
  return onDown === "noop" && (slot === "auth" || slot === "enforcement") ? "  <-- OPEN if it goes down" : "";
}
