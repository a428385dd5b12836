import type { ApiKey } from "@rat/client";
import { formatAge } from "../../output/age.ts";
import { renderFields } from "../../output/fields.ts";
import type { Tone } from "../../output/style.ts";
import type { Column } from "../../output/table.ts";
import { recordView, type View } from "../../output/view.ts";

/** What has become of a key. */
export function keyState(key: ApiKey, now: number): { readonly text: string; readonly tone: Tone } {
  if (key.revoked_at !== null) return { text: "revoked", tone: "bad" };
  if (key.expires_at !== null && Date.parse(key.expires_at) <= now) return { text: "ended", tone: "bad" };
  return { text: "works", tone: "good" };
}

/** The columns of a list of keys. */
export function keyColumns(now: number): readonly Column<ApiKey>[] {
  return [
    { title: "KEY", value: ({ id }) => id },
    { title: "NAME", value: ({ name }) => name },
    { title: "USER", value: ({ user_id: user }) => user },
    { title: "STATE", value: (key) => keyState(key, now).text, tone: (key) => keyState(key, now).tone },
    { title: "ENDS", value: ({ expires_at: end }) => end },
    { title: "USED", value: ({ last_used_at: used }) => formatAge(used, now) },
    { title: "SCOPES", value: ({ scopes }) => scopes.join(" ") || null },
    { title: "ROLES", value: ({ roles }) => roles.join(" ") || null, wide: true },
    { title: "BY", value: ({ created_by: by }) => by, wide: true },
  ];
}

/** One key as a record, without its secret. */
export function keyView(key: ApiKey, now: number): View {
  const state = keyState(key, now);
  const revoked = key.revoked_at === null ? null : `${key.revoked_at} by ${key.revoked_by ?? "somebody"}`;
  const fields = [
    { label: "Key", value: key.id, tone: "strong" as const },
    { label: "Name", value: key.name },
    { label: "User", value: key.user_id },
    { label: "State", value: state.text, tone: state.tone },
    { label: "Roles", value: key.roles.join(", ") || null },
    { label: "Scopes", value: key.scopes.join(" ") || null },
    { label: "Made", value: `${key.created_at} by ${key.created_by}` },
    { label: "Ends", value: key.expires_at },
    { label: "Last used", value: key.last_used_at },
    ...(key.rotated_at === null ? [] : [{ label: "Rotated", value: key.rotated_at }]),
    ...(key.previous_until === null ? [] : [{ label: "Old until", value: key.previous_until }]),
    ...(revoked === null ? [] : [{ label: "Revoked", value: revoked }]),
  ];
  return recordView({ ...key }, { name: key.id, text: (paint) => renderFields(fields, paint) });
}
