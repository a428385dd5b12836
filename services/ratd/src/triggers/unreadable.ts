import { RatError } from "../errors.ts";
import type { Queryable } from "../platform/database/database.ts";
import type { CommittedFire } from "./announce.ts";
import { parseTriggerSetting } from "./trigger-config.ts";
import type { TriggerKind, TriggerSetting } from "./trigger.ts";

/** Time after which a trigger that could not be read is looked at again: a newer replica may understand it. */
const RETRY = "1 minute";

/** A trigger that was taken to be fired. */
type TakenTrigger = Pick<CommittedFire, "trigger" | "kind" | "pipeline"> & { readonly unreadable: boolean };

/** What is stored of a trigger of a kind. @throws RatError validation_failed that says what cannot be understood */
export function readSetting<Kind extends TriggerKind>(kind: Kind, config: unknown): SettingOf<Kind> {
  // The parser answers a setting of the kind that it was asked for.
  return parseTriggerSetting(kind, isObject(config) ? config : { config }) as SettingOf<Kind>;
}

type SettingOf<Kind extends TriggerKind> = Extract<TriggerSetting, { kind: Kind }>;

/** Why what is stored of a trigger cannot be understood; empty when it can. */
export function unreadableReason(kind: TriggerKind, config: unknown): string {
  try {
    readSetting(kind, config);
    return "";
  } catch (reason) {
    return RatError.from(reason).message;
  }
}

/** What is stored, as far as it can be shown. */
export function shownConfig(config: unknown): Readonly<Record<string, unknown>> {
  return isObject(config) ? config : {};
}

/**
 * Fires one of several triggers in a transaction. One that cannot be fired is written down as such and keeps no other
 * from firing.
 *
 * @throws RatError database_unavailable
 */
export async function fireAlone(
  transaction: Queryable,
  taken: TakenTrigger,
  fire: () => Promise<readonly CommittedFire[]>,
): Promise<readonly CommittedFire[]> {
  const { trigger, kind, pipeline, unreadable } = taken;
  await transaction.query("SAVEPOINT one_trigger");
  try {
    const fires = await fire();
    if (unreadable) {
      await transaction.query("UPDATE triggers SET unreadable = false, last_error = '' WHERE id = $1", [
        trigger,
      ]);
    }
    await transaction.query("RELEASE SAVEPOINT one_trigger");
    return fires;
  } catch (error) {
    const { code, message } = RatError.from(error);
    if (code === "database_unavailable") throw error;
    await transaction.query("ROLLBACK TO SAVEPOINT one_trigger");
    const reason = code === "validation_failed" ? message : "What is stored of it cannot be understood.";
    await transaction.query(
      `UPDATE triggers SET unreadable = true, last_error = $2,
              next_fire_at = CASE WHEN kind = 'cron' THEN clock_timestamp() + $3::interval END
        WHERE id = $1`,
      [trigger, reason, RETRY],
    );
    // Told once, not at every look.
    return unreadable ? [] : [{ trigger, kind, pipeline, fire: { result: "nothing", reason } }];
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
