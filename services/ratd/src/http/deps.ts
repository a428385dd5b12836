import type {
  FastifyInstance,
  FastifyBaseLogger,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { AccessServices } from "../access/create-access.ts";
import type { Auditor } from "../audit/audit.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { ReloadAsker } from "../audit/reload-effects.ts";
import type { LiveConfig } from "../config/live-config.ts";
import type { CredentialIssuer } from "../credentials/credential-issuer.ts";
import type { Leases } from "../credentials/leases.ts";
import type { EventBus } from "../events/event-bus.ts";
import type { ServiceHealth } from "../health/services-monitor.ts";
import type { PipelineServices } from "../pipelines/create-pipelines.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Plugins } from "../plugins/create-plugins.ts";
import type { RunService } from "../runs/run-service.ts";
import type { SharedKeys } from "../schema/shared-keys.ts";
import type { Slots } from "../slots/slots.ts";
import type { TriggerServices } from "../triggers/create-triggers.ts";
import type { Pages } from "./kit/cursor.ts";
import type { OpenStreams } from "./kit/open-streams.ts";

/** What the HTTP API needs of the rest of ratd. */
export interface HttpDeps extends PipelineServices, Pick<TriggerServices, "triggers" | "webhooks"> {
  readonly live: LiveConfig<ReloadAsker>;
  readonly version: string;
  readonly slots: Slots;
  readonly plugins: Omit<Plugins, typeof Symbol.asyncDispose>;
  readonly access: Pick<AccessServices, "principals" | "access" | "keys" | "sharing" | "onForget">;
  readonly audit: Auditor;
  readonly auditLog: AuditLog;
  readonly leases: Leases;
  readonly credentials: CredentialIssuer;
  readonly services: () => readonly ServiceHealth[];
  /** What is wrong besides, for people. */
  readonly problems: () => readonly string[];
  readonly runs: RunService;
  /** How often the executor that takes runs now starts each; undefined before it was asked. */
  readonly startsOnce: () => boolean | undefined;
  /** Keys that all replicas share. */
  readonly keys: Pick<SharedKeys, "get">;
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether ratd takes requests: false while it drains. */
  readonly ready: () => boolean;
  /** What is not there yet that ratd needs, in words; empty once all is. */
  readonly awaited: () => readonly string[];
}

/** What layers and handlers are given: that, and what one app keeps for as long as it serves. */
export interface HttpServices extends HttpDeps {
  readonly pages: Pages;
  /** When the app was made, milliseconds of the monotonic clock. */
  readonly startedAt: number;
  readonly eventStreams: OpenStreams;
  readonly logStreams: OpenStreams;
}

/** The Fastify instance of ratd: TypeBox schemas give the types. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
