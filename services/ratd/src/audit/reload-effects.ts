import type { ReloadListener } from "../config/live-config.ts";
import { RatError } from "../errors.ts";
import type { EventBus } from "../events/event-bus.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { AuditEntry, Auditor } from "./audit.ts";

/** Who asked for a reload, as its record names them. */
export type ReloadAsker = Pick<AuditEntry, "actor" | "authMode" | "keyId" | "requestId" | "client">;

/** Those who hear of a reload. */
export interface ReloadEffectsDeps {
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly audit: Auditor;
}

/** What follows from an attempt to reload rat.yaml: record, metric, event and log. Keys are named, values are not. */
export function reloadEffects({
  events,
  metrics,
  logger,
  audit,
}: ReloadEffectsDeps): ReloadListener<ReloadAsker> {
  const record = (result: "ok" | "refused", asker: ReloadAsker, details: AuditEntry["details"]) => {
    metrics.configReloads.inc({ result });
    const object = { objectType: "config", objectId: FILE };
    audit.record({ action: "config.reload", result, ...asker, ...object, details });
  };
  return (outcome, asker) => {
    const by = asker.actor;
    if (outcome instanceof RatError) {
      const facts = { by, reason: outcome.message };
      record("refused", asker, facts);
      events.publish("config", "config.refused", FILE, facts);
      logger.error(facts, `rat.yaml was not reloaded, what was in force stays: ${outcome.message}`);
      return;
    }
    const keys = (applies: "now" | "restart") =>
      outcome.filter((change) => change.applies === applies).map(({ key }) => key);
    const facts = { by, changed: keys("now"), needs_restart: keys("restart") };
    record("ok", asker, facts);
    events.publish("config", "config.reloaded", FILE, facts);
    logger.info(facts, summary(facts.changed, facts.needs_restart));
  };
}

const FILE = "rat.yaml";
/** Keys that a line for people names; all of them are in its record. */
const NAMED = 8;

function summary(changed: readonly string[], needsRestart: readonly string[]): string {
  const list = (keys: readonly string[]) =>
    keys.length > NAMED
      ? `${keys.slice(0, NAMED).join(", ")} and ${keys.length - NAMED} more`
      : keys.join(", ");
  const done = changed.length === 0 ? "nothing has changed" : `changed: ${list(changed)}`;
  const left = needsRestart.length === 0 ? "" : `; needs a restart: ${list(needsRestart)}`;
  return `rat.yaml was reloaded; ${done}${left}`;
}
