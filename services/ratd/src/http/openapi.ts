import { randomBytes } from "node:crypto";
import swagger from "@fastify/swagger";
import { createAccess } from "../access/create-access.ts";
import { AuditLog } from "../audit/audit-log.ts";
import { AuditStore } from "../audit/audit-store.ts";
import { SealKey } from "../audit/checkpoint.ts";
import { logAuditor } from "../audit/log-auditor.ts";
import { buildConfig } from "../config/config.ts";
import { CredentialIssuer } from "../credentials/credential-issuer.ts";
import { LeaseStore } from "../credentials/lease-store.ts";
import { Leases } from "../credentials/leases.ts";
import { EventBus } from "../events/event-bus.ts";
import { systemClock } from "../platform/clock.ts";
import { unavailableDatabase } from "../platform/database/unavailable-database.ts";
import { silentLogger } from "../platform/logger.ts";
import { createMetrics } from "../platform/metrics.ts";
import type { Registry } from "../registry/registry.ts";
import { LogStore } from "../runs/logs/log-store.ts";
import { RunLogs } from "../runs/logs/run-logs.ts";
import { RunService } from "../runs/run-service.ts";
import { RunStore } from "../runs/run-store.ts";
import { RunSubmitter } from "../runs/run-submitter.ts";
import { RunWatch } from "../runs/run-watch.ts";
import { Schema } from "../schema/schema.ts";
import { SharedKeys } from "../schema/shared-keys.ts";
import { Slots } from "../slots/slots.ts";
import { createPipelines } from "../pipelines/create-pipelines.ts";
import { createTriggers } from "../triggers/create-triggers.ts";
import { VERSION } from "../version.ts";
import { createApp } from "./app.ts";
import type { App } from "./deps.ts";

/** Describes the routes that are added afterwards. */
async function addSwagger(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "RAT", version: VERSION, description: "The HTTP API of ratd." },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
      security: [{ bearer: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json.$id === "string" ? json.$id : `shape-${index}`,
    },
  });
}

/** The OpenAPI document of the routes, without a running ratd. */
export async function openApiDocument(): Promise<object> {
  const app = await silentApp(addSwagger);
  try {
    return app.swagger();
  } finally {
    await app.close();
  }
}

/** All the routes on an app that never listens and has nothing behind it; `prepare` may watch them come. */
export function silentApp(prepare: (app: App) => PromiseLike<unknown>): Promise<App> {
  const clock = systemClock;
  const database = unavailableDatabase;
  const metrics = createMetrics(VERSION);
  const schema = new Schema({ database, logger: silentLogger });
  const events = new EventBus();
  const queue = { wake: () => undefined };
  const audit = logAuditor(silentLogger);
  const leases = new Leases({
    store: new LeaseStore({ database, schema }),
    newId: () => "",
    clock,
    audit,
  });
  const config = buildConfig(
    {},
    { file: "rat.yaml", directory: ".", dataDirectory: ".", strict: false, resolvePath: (path) => path },
  );
  const access = createAccess({
    config: config.access,
    connection: "",
    database,
    schema,
    metrics,
    clock,
    logger: silentLogger,
  });
  return createApp(
    {
      config,
      version: VERSION,
      slots: new Slots({
        plugins: [],
        remotes: {},
        clock,
        retryAfterSeconds: () => 1,
        onTransition: () => undefined,
        onStandIn: () => undefined,
      }),
      plugins: [],
      registry: emptyRegistry,
      access,
      audit,
      auditLog: new AuditLog({
        store: new AuditStore({ database, schema }),
        key: new SealKey(Buffer.alloc(32)),
        filed: () => Promise.resolve([]),
        head: () => undefined,
      }),
      leases,
      credentials: new CredentialIssuer({ config: config.runs.credentials, leases }),
      services: () => [],
      runs: new RunService({
        submitter: new RunSubmitter({ database, schema, queue }),
        store: new RunStore({ database, schema }),
        logs: new RunLogs({ store: new LogStore(database, 0), metrics, tell: () => undefined }),
        watch: new RunWatch(),
        cancel: () => Promise.resolve("ended"),
        executors: { waitingReason: () => "" },
        access: access.access,
        clock,
      }),
      startsOnce: () => undefined,
      ...createPipelines({ config: config.runs, database, schema, events, access }),
      ...createTriggers({
        database,
        schema,
        keys: new SharedKeys({ database, schema, randomBytes }),
        events,
        queue,
        access,
      }),
      events,
      metrics,
      clock,
      logger: silentLogger,
      ready: () => true,
    },
    prepare,
  );
}

const emptyRegistry: Registry = {
  register: () => undefined,
  recordHealth: () => undefined,
  recordVersion: () => undefined,
  list: () => [],
  get: () => undefined,
  history: () => Promise.resolve([]),
  flushed: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
