import type { Trigger } from "@rat/client";
import { formatAge } from "../../output/age.ts";
import { renderFields } from "../../output/fields.ts";
import type { Column } from "../../output/table.ts";
import { recordView, type View } from "../../output/view.ts";

/** The config of a trigger on one line. */
function configText(config: Trigger["config"]): string {
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

/** The columns of a list of triggers. `now` is milliseconds since 1970. */
export function triggerColumns(now: number): readonly Column<Trigger>[] {
  return [
    { title: "TRIGGER", value: (trigger) => trigger.id },
    { title: "PIPELINE", value: (trigger) => trigger.pipeline },
    { title: "KIND", value: (trigger) => trigger.kind },
    { title: "CONFIG", value: (trigger) => configText(trigger.config) || null },
    {
      title: "STATE",
      value: (trigger) => (trigger.paused ? "paused" : "on"),
      tone: (trigger) => (trigger.paused ? "warning" : "good"),
    },
    { title: "NEXT", value: (trigger) => trigger.next_fires[0] ?? null },
    { title: "FIRED", value: (trigger) => formatAge(trigger.last_fired_at, now) },
    { title: "LAST RUN", value: (trigger) => trigger.last_run_id, wide: true },
    { title: "BY", value: (trigger) => trigger.created_by, wide: true },
    { title: "ERROR", value: (trigger) => trigger.last_error || null },
  ];
}
