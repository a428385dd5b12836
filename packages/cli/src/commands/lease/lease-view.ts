import type { Lease } from "@rat/client";
import { formatAge } from "../../output/age.ts";
import { renderFields } from "../../output/fields.ts";
import type { Tone } from "../../output/style.ts";
import type { Column } from "../../output/table.ts";
import { recordView, type View } from "../../output/view.ts";

const TONES: Readonly<Record<Lease["state"], Tone>> = {
  issuing: "warning",
  active: "good",
  expired: "quiet",
  failed: "bad",
  revoked: "quiet",
};

/** The columns of a list of leases. */
export function leaseColumns(now: number): readonly Column<Lease>[] {
  return [
    { title: "LEASE", value: ({ id }) => id },
    { title: "STATE", value: ({ state }) => state, tone: ({ state }) => TONES[state] },
    { title: "USER", value: ({ user_id: user }) => user },
    { title: "FOR", value: (lease) => `${lease.resource_type} ${lease.resource_id}` },
    { title: "ACCESS", value: ({ access }) => access },
    { title: "PROVIDER", value: ({ provider }) => provider },
    { title: "RUN", value: ({ run_id: run }) => run },
    { title: "AGE", value: ({ issued_at: at }) => formatAge(at, now) },
    { title: "ENDS", value: ({ expires_at: end }) => end },
    { title: "REASON", value: ({ reason }) => reason || null, wide: true },
  ];
}

/** One lease as a record. */
export function leaseView(lease: Lease): View {
  const revoked =
    lease.revoked_at === null ? null : `${lease.revoked_at} by ${lease.revoked_by ?? "somebody"}`;
  const fields = [
    { label: "Lease", value: lease.id, tone: "strong" as const },
    { label: "State", value: lease.state, tone: TONES[lease.state] },
    { label: "User", value: lease.user_id },
    { label: "For", value: `${lease.resource_type} ${lease.resource_id}` },
    ...lease.scopes.map(({ resource, access }) => ({ label: "Reaches", value: `${resource} (${access})` })),
    { label: "Provider", value: `${lease.provider}, by ${lease.plugin}` },
    { label: "Run", value: lease.run_id },
    { label: "Issued", value: lease.issued_at },
    { label: "Renewed", value: lease.renewed_at },
    { label: "Ends", value: lease.expires_at },
    { label: "Revocable", value: lease.revocable ? "yes" : "no: the credentials work until their end" },
    ...(revoked === null ? [] : [{ label: "Revoked", value: revoked }]),
    ...(lease.reason === "" ? [] : [{ label: "Reason", value: lease.reason }]),
  ];
  return recordView({ ...lease }, { name: lease.id, text: (paint) => renderFields(fields, paint) });
}
