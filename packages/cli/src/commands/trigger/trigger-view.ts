import type { Trigger } from "@rat/client";
import { renderFields } from "../../output/fields.ts";
import { recordView, type View } from "../../output/view.ts";

/** The config of a trigger on one line. */
export function configText(config: Trigger["config"]): string {
  return Object.entries(config)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}

/** One trigger as a record; `secrets` are shown this once. */
export function triggerView(
  trigger: Trigger & { readonly token?: string | null; readonly secret?: string | null },
): View {
  const fields = [
    { label: "Trigger", value: trigger.id, tone: "strong" as const },
    { label: "Pipeline", value: trigger.pipeline },
    { label: "Kind", value: trigger.kind },
    { label: "Config", value: configText(trigger.config) || null },
    { label: "Paused", value: trigger.paused ? "yes" : "no" },
    { label: "Next", value: trigger.next_fires.join("  ") || null },
    { label: "Last fired", value: trigger.last_fired_at },
    { label: "Last run", value: trigger.last_run_id },
    { label: "Last error", value: trigger.last_error || null },
    { label: "Token", value: trigger.token },
    { label: "Secret", value: trigger.secret },
  ];
  return recordView(trigger, {
    name: trigger.id,
    text: (paint) =>
      renderFields(
        fields.filter(({ value }) => value !== null && value !== undefined),
        paint,
      ),
  });
}
