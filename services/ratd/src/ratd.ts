import { randomBytes, randomUUID } from "node:crypto";
import { createAccess } from "./access/create-access.ts";
import { followEnforcement } from "./access/follow-enforcement.ts";
import { FirstKey } from "./access/keys/first-key.ts";
import { createAudit } from "./audit/create-audit.ts";
import { bootstrapKeyEntry, startEntry, stopEntry } from "./audit/ratd-entries.ts";
import { reloadEffects, type ReloadAsker } from "./audit/reload-effects.ts";
import { slotEntries } from "./audit/slot-entries.ts";
import { describeEntry, type Config } from "./config/config.ts";
import { LiveConfig } from "./config/live-config.ts";
import { loadChange, type ConfigSources } from "./config/load-config.ts";
import { createCredentials } from "./credentials/create-credentials.ts";
import { EventBus } from "./events/event-bus.ts";
import { CoreServices } from "./health/core-services.ts";
import { serviceEffects } from "./health/service-effects.ts";
import type { ServiceHealth } from "./health/services-monitor.ts";
import { startHttpServer } from "./http/http-server.ts";
import { startInternalServer } from "./internal/internal-server.ts";
import { createPipelines } from "./pipelines/create-pipelines.ts";
import { systemClock, type Clock } from "./platform/clock.ts";
import { systemResolver, type Resolver } from "./platform/connection/address-book.ts";
import type { Database } from "./platform/database/database.ts";
import type { HostPort } from "./platform/host-port.ts";
import type { Logger } from "./platform/logger.ts";
import { createMetrics } from "./platform/metrics.ts";
import { openStorage } from "./platform/open-storage.ts";
import { createPlugins } from "./plugins/create-plugins.ts";
import { firstChecks } from "./plugins/first-checks.ts";
import { Bulletin } from "./replicas/bulletin.ts";
import { createRuns } from "./runs/create-runs.ts";
import { ReportAddress } from "./runs/report-address.ts";
import { RunMessages } from "./runs/run-messages.ts";
import { RunQueue } from "./runs/run-queue.ts";
import { SlotExecutors } from "./runs/slot-executors.ts";
import { Schema } from "./schema/schema.ts";
import { SharedKeys } from "./schema/shared-keys.ts";
import { showSlots, slotEffects } from "./slots/slot-effects.ts";
import { Slots } from "./slots/slots.ts";
import { createTriggers } from "./triggers/create-triggers.ts";
import { VERSION } from "./version.ts";
import { createWarmPool } from "./warm-pool/create-warm-pool.ts";

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
 * The composition root: the one place that knows every room. It starts from top to bottom and stops in reverse; a
 * failure half-way stops what had started.
 *
 * @throws RatError that says what is in the way.
 */
export async function startRatd(options: RatdOptions): Promise<Ratd> {
  await using stack = new AsyncDisposableStack();
  const ground = await openGround(options, stack);
  const rooms = openRooms(ground, stack);
  linkRooms(ground, rooms);
  const { firstKey, plugins, services, warmPool, slots } = rooms;
  const { config, live, clock, database, signal } = ground;
  plugins.configured.begin(config.plugins);
  for (const entry of config.plugins) ground.logger.info(describeEntry(entry));
  showSlots(ground.metrics, slots.current());
  const others = [
    services.use(config.services),
    warmPool.check(),
    firstKey.start(),
    database.query("SELECT 1").catch(() => []),
  ];
  await firstChecks(plugins.configured, others, clock, signal);
  signal.throwIfAborted();
  const addresses = await listen(ground, rooms, stack);
  signal.throwIfAborted();
  const parts = stack.move();
  return {
    ...addresses,
    slots,
    live,
    checkNow: () => plugins.configured.checkNow(),
    embeddedDatabase: ground.embeddedDatabase,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

type Ground = Awaited<ReturnType<typeof openGround>>;
type Rooms = ReturnType<typeof openRooms>;

/** What every room stands on: storage, what is shared between replicas, and the audit log before all that it records. */
async function openGround(options: RatdOptions, stack: AsyncDisposableStack) {
  const { config, sources, logger, signal, env } = options;
  const { clock = systemClock, random = Math.random, resolver = systemResolver } = options;
  const metrics = createMetrics(VERSION);
  const events = new EventBus(() => clock.now());
  const live = new LiveConfig<ReloadAsker>(config, (running) => loadChange(sources, running));
  const { dataDirectory: wanted, databaseUrl } = config;
  const { dataDirectory, connection, database, embeddedDatabase } = stack.use(
    await openStorage({ dataDirectory: wanted, databaseUrl, env, signal, clock, logger }),
  );
  signal.throwIfAborted();
  const bulletin = stack.use(new Bulletin({ connection, clock, self: randomUUID() }));
  const schema = new Schema({ database, logger });
  const keys = new SharedKeys({ database, schema, randomBytes });
  const ground = { env, signal, clock, random, resolver, logger, metrics, events, config, live };
  const storage = { dataDirectory, connection, database, embeddedDatabase, bulletin, schema, keys };
  const audit = stack.use(await createAudit({ ...ground, ...storage }));
  audit.auditor.record(startEntry(VERSION));
  stack.defer(() => audit.auditor.record(stopEntry()));
  return { ...ground, ...storage, audit: audit.auditor, auditLog: audit.log };
}

/** The rooms, lower floors first. Nothing is asked and nobody is served before they are started. */
function openRooms(ground: Ground, stack: AsyncDisposableStack) {
  const { config, live, clock, metrics, bulletin, audit } = ground;
  const onService = serviceEffects(ground);
  const services = stack.use(new CoreServices({ ...ground, onChange: onService }));
  metrics.serviceUp.set({ service: "postgres" }, services.postgres.state === "healthy" ? 1 : 0);
  const access = stack.use(createAccess(ground));
  const recorded = (id: string) => audit.demand(bootstrapKeyEntry(id));
  const firstKey = stack.use(new FirstKey({ ...ground, store: access.keyStore, recorded }));
  const credentials = createCredentials({ ...ground, config: config.runs.credentials, access });
  const messages = new RunMessages(bulletin);
  const queue = stack.use(new RunQueue({ messages, clock }));
  const warmPool = stack.use(
    createWarmPool({
      ...ground,
      config: config.runs,
      onChange(before, after) {
        onService(before, after);
        queue.look();
      },
    }),
  );
  const { pool } = warmPool;
  const slots = new Slots({
    builtins: { executor: pool },
    clock,
    onStandIn: (slot) => metrics.slotFallbackRequests.inc({ slot }),
  });
  const plugins = stack.use(
    createPlugins({ ...ground, slots, requestMs: () => live.current.limits.requestMs }),
  );
  const executors = new SlotExecutors({ slots, pool });
  const { leases } = credentials;
  const leaseWatch = stack.use(credentials.watch(slots));
  const reportAddress = new ReportAddress(config.runs.reportUrl);
  const reportUrl = () => reportAddress.url;
  const dispatch = { messages, queue, executors, slots, access, leases, leaseWatch, reportUrl };
  const runs = stack.use(createRuns({ ...ground, config: config.runs, ...dispatch }));
  const pipelines = createPipelines({ ...ground, config: config.runs, access });
  const triggers = createTriggers({ ...ground, queue, access, pollMs: config.runs.pollMs });
  stack.use(triggers.start());
  return {
    services,
    access,
    firstKey,
    credentials,
    queue,
    warmPool,
    slots,
    plugins,
    reportAddress,
    runs,
    pipelines,
    triggers,
  };
}

/** Who hears of what, between the rooms. */
function linkRooms(ground: Ground, { access, plugins, queue, services, slots }: Rooms): void {
  const { live, audit } = ground;
  live.follow({ prepare: ({ plugins: entries }) => plugins.configured.prepare(entries) });
  live.onChange((after) => void services.use(after.services));
  live.onReload(reloadEffects(ground));
  slots.onChange(() => access.forget());
  slots.onChange(slotEffects({ ...ground, standIns: (slot) => slots.standIns(slot) }));
  slots.onChange((before, after) => {
    for (const entry of slotEntries(before, after)) audit.record(entry);
  });
  slots.onChange((_, { status: { slot } }) => {
    if (slot === "executor") queue.look();
  });
  followEnforcement({ slots, plugins: plugins.configured, watch: access.watch });
}

/** Starts the work and the listeners, last: nobody is served before the slots are known. */
async function listen(
  ground: Ground,
  rooms: Rooms,
  stack: AsyncDisposableStack,
): Promise<Pick<Ratd, "address" | "internalAddress">> {
  const { config, schema } = ground;
  const {
    access,
    credentials,
    firstKey,
    pipelines,
    plugins,
    reportAddress,
    runs,
    services,
    slots,
    triggers,
    warmPool,
  } = rooms;
  stack.defer(() => waitNoMoreFor(ground.database));
  let draining = false;
  const listener = { version: VERSION, ready: () => !draining };
  const internal = stack.use(
    await startInternalServer({ ...listener, listen: config.internalListen, reports: runs.reports }),
  );
  reportAddress.listens(internal.address);
  stack.use(warmPool.start());
  runs.start();
  access.start();
  const named = (service: ServiceHealth | undefined) => (service === undefined ? [] : [service]);
  const http = await startHttpServer({
    ...ground,
    ...listener,
    slots,
    plugins,
    access,
    ...pipelines,
    triggers: triggers.triggers,
    webhooks: triggers.webhooks,
    problems: () => triggers.problems.list(),
    services: () => [services.postgres, ...named(warmPool.service()), ...services.list()],
    leases: credentials.leases,
    credentials: credentials.credentials,
    runs: runs.service,
    startsOnce: () => runs.startsOnce(),
    awaited: () => [
      ...(schema.present ? [] : ["the tables of the database"]),
      ...(firstKey.present ? [] : ["the first API key"]),
    ],
  });
  stack.defer(() => http.drain());
  stack.defer(() => {
    draining = true;
  });
  return { address: http.address, internalAddress: internal.address };
}

/** Nobody is served any more: who still waits for a database that is away, or goes away now, waits in vain. */
function waitNoMoreFor(database: Database): void {
  const look = () => {
    if (database.status().state === "down") database.interrupt();
  };
  database.onChange(look);
  look();
}
