import { randomBytes } from "node:crypto";
import type { EventBus } from "../events/event-bus.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/database.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Schema } from "../schema/schema.ts";
import { openAuditFiles } from "./audit-files.ts";
import { AuditLog } from "./audit-log.ts";
import type { ChainedRecord } from "./audit-record.ts";
import { AuditStore } from "./audit-store.ts";
import { CheckpointKeeper } from "./checkpoint-keeper.ts";
import { PostgresAuditor } from "./postgres-auditor.ts";

/** What the audit log needs. */
export interface AuditServicesDeps {
  readonly dataDirectory: string;
  readonly database: Database;
  readonly schema: Schema;
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The audit log, to write and to read. */
export interface AuditServices extends AsyncDisposable {
  readonly auditor: PostgresAuditor;
  readonly log: AuditLog;
}

/** Puts the audit log together. @throws RatError data_directory_unusable */
export async function createAudit(deps: AuditServicesDeps): Promise<AuditServices> {
  const { dataDirectory, database, schema, events, metrics, clock, logger } = deps;
  const files = await openAuditFiles(dataDirectory, randomBytes);
  const store = new AuditStore({ database, schema });
  const writer = newWriter(clock.now());
  const auditor = new PostgresAuditor({
    store,
    checkpoints: new CheckpointKeeper({ store, files, writer, clock, logger }),
    writer,
    clock,
    logger,
    metrics,
    onWritten: (record) => events.publish("audit", "audit.recorded", objectOf(record), factsOf(record)),
  });
  const log = new AuditLog({
    store,
    key: files.key,
    filed: () => files.checkpoints(),
    head: () => auditor.head(),
  });
  return { auditor, log, [Symbol.asyncDispose]: () => auditor[Symbol.asyncDispose]() };
}

/** A name for one start: in the order of the starts, and nobody else's. */
function newWriter(now: number): string {
  return `${now.toString(16).padStart(12, "0")}${randomBytes(8).toString("hex")}`;
}

function objectOf({ object_id, action }: ChainedRecord): string {
  return object_id ?? action;
}

/** A record as an event tells it: the time and the object stand there anyway, the hashes are for exports. */
function factsOf({
  hash: _hash,
  previous_hash: _previous,
  ...record
}: ChainedRecord): Record<string, unknown> {
  return { ...record };
}
