import type { AccessExplanation, ApiKey, Credentials, Grant, Lease, LoginOptions, Me } from "@rat/client";

/** What a fake ratd knows of people and keys; tests change it between requests. */
export interface FakeAccess {
  me: Me;
  login: LoginOptions;
  /** Credentials that are let in, as they come in `authorization` or `x-api-key`; undefined lets everybody in. */
  accepted: Set<string> | undefined;
  /** What answers in place of success, with its code. */
  refusal: { readonly status: number; readonly code: string; readonly detail: string } | undefined;
  keys: readonly ApiKey[];
  grants: readonly Grant[];
  leases: readonly Lease[];
  allowed: boolean;
  explanation: AccessExplanation;
  credentials: Credentials;
  /** Whether ending a lease ends its credentials. */
  ends: boolean;
}

/** The secret of the sample key, in two parts so that no scanner takes it for one. */
export const KEY_SECRET = "ca11ab1e".repeat(8);
/** The id of the sample key. */
export const KEY_ID = "0123456789abcdef";
/** The sample key as its holder has it. */
export const KEY_TEXT = `rat_${KEY_ID}_${KEY_SECRET}`;

const KEY: ApiKey = {
  id: KEY_ID,
  name: "ci",
  user_id: "alice",
  roles: ["editor"],
  scopes: ["runs:read", "runs:execute"],
  created_by: "alice",
  created_at: "2026-01-10T12:00:00.000Z",
  expires_at: "2026-04-10T12:00:00.000Z",
  last_used_at: "2026-01-15T11:58:00.000Z",
  rotated_at: null,
  previous_until: null,
  revoked_at: null,
  revoked_by: null,
};

const GRANT: Grant = {
  grant_id: "g-1",
  grantee_id: "analyst",
  grantee_type: "role",
  resource_type: "namespace",
  resource_id: "sales",
  permission: "read",
  granted_by: "alice",
  granted_at: "2026-01-10T12:00:00.000Z",
  expires_at: null,
  revoked_by: null,
  revoked_at: null,
};

const LEASE: Lease = {
  id: "lse_0123456789abcdef0123456789ab",
  state: "active",
  user_id: "alice",
  run_id: null,
  provider: "aws",
  resource_type: "table",
  resource_id: "sales/gold/revenue",
  access: "read",
  scopes: [{ resource: "s3://lake/sales/gold/revenue/*", access: "read" }],
  plugin: "cloud-aws",
  renewable: true,
  revocable: false,
  issued_at: "2026-01-15T11:50:00.000Z",
  renewed_at: null,
  expires_at: "2026-01-15T12:50:00.000Z",
  revoked_at: null,
  revoked_by: null,
  reason: "",
};

const EXPLANATION: AccessExplanation = {
  allowed: true,
  reason: "the role analyst may write in namespace sales",
  decided_by: "plugin",
  slot_state: "active",
  owner: "alice",
  ancestors: [{ resource_type: "namespace", resource_id: "sales", owner: "carol" }],
  paths: [
    {
      source: "grant",
      resource_type: "pipeline",
      resource_id: "sales/gold/revenue",
      level: "read",
      sufficient: false,
      grant_id: "g-1",
      granted_by: "alice",
      expires_at: "2026-02-01T00:00:00.000Z",
    },
    {
      source: "role",
      resource_type: "namespace",
      resource_id: "sales",
      level: "write",
      sufficient: true,
      grant_id: "g-2",
      granted_by: "carol",
      expires_at: null,
    },
  ],
  by_role: { allowed: false, reason: 'no role of "bob" may write' },
};

/** A fresh copy of the samples: one key, one grant, one lease, and no sign-in. */
export function sampleAccess(): FakeAccess {
  return {
    me: { user_id: "u-1", email: "", roles: [], auth_mode: "plugin", scopes: ["self"], key_id: null },
    login: { auth_slot: "builtin", openid: null },
    accepted: undefined,
    refusal: undefined,
    keys: [KEY],
    grants: [GRANT],
    leases: [LEASE],
    allowed: true,
    explanation: EXPLANATION,
    credentials: {
      lease_id: LEASE.id,
      provider: "aws",
      resource_type: "table",
      resource_id: "sales/gold/revenue",
      resource: "s3://lake/sales/gold/revenue/*",
      access: "read",
      credentials: { AWS_ACCESS_KEY_ID: "canary-id", AWS_SECRET_ACCESS_KEY: "canary-'secret'" },
      expires_at: "2026-01-15T12:50:00.000Z",
    },
    ends: true,
  };
}

/** The same with nothing in it. */
export function noAccess(): FakeAccess {
  return { ...sampleAccess(), keys: [], grants: [], leases: [] };
}
