import { pipelineId } from "../../pipeline-id.ts";
import { nextTimes } from "../../triggers/schedule.ts";
import type { TriggerRecord } from "../../triggers/trigger.ts";
import type { MadeTrigger } from "../../triggers/triggers.ts";
import type { Shape } from "../schemas.ts";

const SHOWN_TIMES = 5;

/** A trigger as the API shows it. */
export function triggerView(trigger: TriggerRecord): Shape<"Trigger"> {
  return {
    id: trigger.id,
    pipeline: pipelineId(trigger.pipeline),
    kind: trigger.setting.kind,
    config: { ...trigger.setting.config },
    paused: trigger.paused,
    next_fires: nextFires(trigger).map((time) => time.toISOString()),
    last_fired_at: trigger.lastFiredAt?.toISOString() ?? null,
    last_run_id: trigger.lastRunId,
    last_error: trigger.lastError,
    created_by: trigger.createdBy,
    created_at: trigger.createdAt.toISOString(),
    updated_at: trigger.updatedAt.toISOString(),
  };
}

/** A trigger with the secrets that are shown once. */
export function madeTriggerView({ trigger, secrets }: MadeTrigger): Shape<"TriggerSecrets"> {
  return { ...triggerView(trigger), token: secrets?.token ?? null, secret: secrets?.secret ?? null };
}

function nextFires({ setting, paused, readable, now }: TriggerRecord): readonly Date[] {
  return setting.kind === "cron" && !paused && readable ? nextTimes(setting.config, now, SHOWN_TIMES) : [];
}

/** The run of a fire. */
export function firedView({ run }: { readonly run: string }): Shape<"Fired"> {
  return { run_id: run };
}
