import type { Grant } from "@rat/client";
import { renderFields } from "../../output/fields.ts";
import type { Column } from "../../output/table.ts";
import { recordView, type View } from "../../output/view.ts";

/** The columns of a list of grants; `thing` for lists over several things. */
export function grantColumns(now: number, { thing }: { readonly thing: boolean }): readonly Column<Grant>[] {
  return [
    { title: "GRANT", value: ({ grant_id: id }) => id },
    ...(thing
      ? [
          { title: "TYPE", value: ({ resource_type: type }: Grant) => type },
          { title: "ID", value: ({ resource_id: id }: Grant) => id },
        ]
      : []),
    { title: "WITH", value: grantee },
    { title: "PERMISSION", value: ({ permission }) => permission },
    {
      title: "STATE",
      value: (grant) => state(grant, now),
      tone: (grant) => (state(grant, now) === "in force" ? "good" : "quiet"),
    },
    { title: "ENDS", value: ({ expires_at: end }) => end },
    { title: "BY", value: ({ granted_by: by }) => by },
  ];
}

/** One grant as a record. */
export function grantView(grant: Grant, now: number): View {
  const fields = [
    { label: "Grant", value: grant.grant_id, tone: "strong" as const },
    { label: "Thing", value: `${grant.resource_type} ${grant.resource_id}` },
    { label: "With", value: grantee(grant) },
    { label: "Permission", value: grant.permission },
    { label: "State", value: state(grant, now) },
    { label: "Ends", value: grant.expires_at },
    { label: "By", value: grant.granted_by },
  ];
  return recordView({ ...grant }, { name: grant.grant_id, text: (paint) => renderFields(fields, paint) });
}

function grantee({ grantee_type: type, grantee_id: id }: Grant): string {
  return `${type} ${id}`;
}

function state({ revoked_at: revoked, expires_at: end }: Grant, now: number): string {
  if (revoked !== null) return "taken back";
  return end !== null && Date.parse(end) <= now ? "ended" : "in force";
}
