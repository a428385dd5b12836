import { isIdentified, type Principal } from "../access/principal.ts";
import type { PipelineName } from "../pipeline-id.ts";
import type { Schedule } from "./schedule.ts";

/** What can start runs without a person. */
export const TRIGGER_KINDS = ["cron", "webhook", "upstream", "event"] as const;
/** What starts runs without a person. */
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** What a webhook demands of a caller. */
export const WEBHOOK_CHECKS = ["token", "hmac", "both"] as const;

/** How webhooks are checked. */
export interface WebhookConfig {
  readonly verify: (typeof WEBHOOK_CHECKS)[number];
}

/** Whose success fires. */
export interface UpstreamConfig {
  /** `namespace/layer/name`. */
  readonly pipeline: string;
}

/** Which event fires. */
export interface EventConfig {
  readonly event: string;
  /** The object of the event; any without it. */
  readonly object?: string;
  readonly min_interval_seconds: number;
}

/** What a trigger of each kind is told. */
export interface TriggerConfigs {
  readonly cron: Schedule;
  readonly webhook: WebhookConfig;
  readonly upstream: UpstreamConfig;
  readonly event: EventConfig;
}

/** A trigger's kind with its configuration. */
export type TriggerSetting = {
  readonly [Kind in TriggerKind]: { readonly kind: Kind; readonly config: TriggerConfigs[Kind] };
}[TriggerKind];

/** A trigger, as it is kept. */
export interface TriggerRecord {
  readonly id: string;
  readonly pipeline: PipelineName;
  readonly setting: TriggerSetting;
  readonly paused: boolean;
  readonly nextFireAt: Date | null;
  readonly lastFiredAt: Date | null;
  readonly lastRunId: string | null;
  /** Why the last fire started nothing; empty when it did. */
  readonly lastError: string;
  /** False when what is stored cannot be understood: `lastError` says why, and it fires nothing. */
  readonly readable: boolean;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** The time of the database when it was read. */
  readonly now: Date;
}

/** The owner of what somebody makes or changes. */
export function ownerOf(principal: Principal): TriggerOwner {
  const { userId, roles } = principal.identity;
  return { by: userId, identified: isIdentified(principal), roles };
}

/** In whose name the runs of a trigger are. */
export interface TriggerOwner {
  /** User id. */
  readonly by: string;
  /** Whether somebody vouched for the user. */
  readonly identified: boolean;
  /** The roles of the user. */
  readonly roles: readonly string[];
}
