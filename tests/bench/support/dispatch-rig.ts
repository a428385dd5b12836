import { randomBytes, randomUUID } from "node:crypto";
import { Client } from "pg";
import { createAccess } from "../../../services/ratd/src/access/create-access.ts";
import { logAuditor } from "../../../services/ratd/src/audit/log-auditor.ts";
import { buildConfig } from "../../../services/ratd/src/config/config.ts";
import { LeaseStore } from "../../../services/ratd/src/credentials/lease-store.ts";
import { Leases } from "../../../services/ratd/src/credentials/leases.ts";
import { EventBus } from "../../../services/ratd/src/events/event-bus.ts";
import { systemClock as clock } from "../../../services/ratd/src/platform/clock.ts";
import { openDatabase } from "../../../services/ratd/src/platform/database/open-database.ts";
import { silentLogger as logger } from "../../../services/ratd/src/platform/logger.ts";
import { createMetrics } from "../../../services/ratd/src/platform/metrics.ts";
import type { RunExecutor } from "../../../services/ratd/src/runs/dispatch/executors.ts";
import { Bulletin } from "../../../services/ratd/src/replicas/bulletin.ts";
import { createRuns, type Runs } from "../../../services/ratd/src/runs/create-runs.ts";
import { RunMessages } from "../../../services/ratd/src/runs/run-messages.ts";
import { RunQueue } from "../../../services/ratd/src/runs/run-queue.ts";
import type { RunRequest } from "../../../services/ratd/src/runs/run-submitter.ts";
import { Schema } from "../../../services/ratd/src/schema/schema.ts";
import { SharedKeys } from "../../../services/ratd/src/schema/shared-keys.ts";
import type { ExecutorPort } from "../../../services/ratd/src/slots/executor/executor.ts";
import { Slots } from "../../../services/ratd/src/slots/slots.ts";

/** Dispatch as ratd puts it together, on a database of its own, before an executor in this process. */
export interface DispatchRig extends AsyncDisposable {
  readonly runs: Runs;
  readonly url: string;
  readonly database: ReturnType<typeof openDatabase>;
  /** A request for a run of the one pipeline that there is. */
  readonly request: RunRequest;
}

/** What the executor of a rig does. */
export type RigExecutor = Pick<ExecutorPort, "submit">;

/** Makes a database on `server`, and dispatch on it. It claims once `runs.start()` was called. */
export async function startDispatchRig(server: string, executor: RigExecutor): Promise<DispatchRig> {
  const url = await createDatabase(server);
  const database = openDatabase({ connection: url, logger, clock });
  const schema = new Schema({ database, logger });
  await schema.ready();
  await database.query(
    `WITH made AS (
       INSERT INTO pipelines (namespace, layer, name, owner, latest_version, published_version)
       VALUES ('default', 'bronze', 'p', 'bench', 1, 1) RETURNING id)
     INSERT INTO pipeline_versions (pipeline_id, version, kind, spec, isolation, timeout_seconds, max_attempts,
                                    retry_on_failure, priority, created_by)
     SELECT id, 1, 'command', '{"argv":["true"]}', 'process', 3600, 3, false, 0, 'bench' FROM made`,
  );
  const config = buildConfig(
    { runs: { max_running: 1000, max_running_per_namespace: 1000 } },
    { file: "", directory: ".", dataDirectory: ".", strict: false, written: {}, resolvePath: (path) => path },
  );
  const slots = new Slots({ clock });
  const report = { rowsWritten: 0n, durationMs: 0, error: "", exitCode: 0, result: undefined };
  const port: ExecutorPort = {
    submit: executor.submit,
    status: () => Promise.resolve({ status: "success", ...report }),
    cancel: () => Promise.resolve(false),
    list: () => Promise.resolve({ runs: [], capacity: 0 }),
    logs: () => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
    }),
  };
  const only: RunExecutor = { name: "bench", port, isolations: ["process"] };
  const metrics = createMetrics("bench");
  const bulletin = new Bulletin({ connection: url, clock, self: randomUUID() });
  const messages = new RunMessages(bulletin);
  const queue = new RunQueue({ messages, clock });
  const access = createAccess({
    live: { current: config, onChange: () => () => undefined },
    connection: url,
    database,
    bulletin,
    schema,
    metrics,
    clock,
    logger,
  });
  const runs = createRuns({
    config: config.runs,
    access,
    leaseWatch: { runsEnded: () => undefined, [Symbol.dispose]: () => undefined },
    leases: new Leases({
      store: new LeaseStore({ database, schema }),
      newId: randomUUID,
      clock,
      audit: logAuditor(logger),
    }),
    connection: url,
    database,
    messages,
    queue,
    schema,
    keys: new SharedKeys({ database, schema, randomBytes }),
    executors: { taking: () => only, find: () => only, names: () => [only.name], waitingReason: () => "" },
    slots,
    events: new EventBus(),
    metrics,
    clock,
    logger,
    reportUrl: () => "",
  });
  return {
    runs,
    url,
    database,
    request: {
      namespace: "default",
      layer: "bronze",
      pipeline: "p",
      version: undefined,
      env: {},
      priority: undefined,
      trigger: "manual",
      retryOf: undefined,
      createdBy: "bench",
      identified: false,
      roles: [],
      idempotency: undefined,
    },
    async [Symbol.asyncDispose]() {
      await runs[Symbol.asyncDispose]();
      queue[Symbol.dispose]();
      await bulletin[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** An empty database on the server; it goes with the server. */
export async function createDatabase(server: string): Promise<string> {
  const name = `bench_${randomBytes(6).toString("hex")}`;
  const client = new Client({ connectionString: server });
  await client.connect();
  await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  await client.end();
  const url = new URL(server);
  url.pathname = name;
  return url.href;
}

/** Runs `work` with `callers` callers at a time, `count` times in all; answers how often a second. */
export async function rate(count: number, callers: number, work: () => Promise<unknown>): Promise<number> {
  let left = count;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (left-- > 0) await work();
    }),
  );
  return (count / (performance.now() - start)) * 1000;
}
