import type { Json, PlantedCall, Spoiled } from "../conformance-planted.ts";
import type { PlantedFault } from "./planted-fault.ts";

/** Credentials with something about them changed; undefined for other RPCs and for errors. */
async function credentials(
  { rpc, forward }: Pick<PlantedCall, "rpc" | "forward">,
  change: Json,
  request?: Json,
): Promise<Spoiled> {
  if (rpc !== "GetCredentials") return undefined;
  const { status, json } = await forward(request);
  return status === 200 ? { ...json, ...change } : undefined;
}

/** An end that is near enough, in Unix seconds. */
const soon = (): string => String(Math.floor(Date.now() / 1000) + 600);

/** What a cloud plugin may do wrong. */
export const CLOUD_FAULTS: readonly PlantedFault[] = [
  {
    fault: "credentials that have ended",
    slot: "cloud",
    spoil: (call) => credentials(call, { expiresAt: "1000" }),
    found: ["cloud/credentials"],
  },
  {
    fault: "an end in milliseconds",
    slot: "cloud",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "GetCredentials") return undefined;
      const { status, json } = await forward();
      return status === 200 ? { ...json, expiresAt: `${String(json.expiresAt)}000` } : undefined;
    },
    found: ["cloud/credentials", "cloud/not-after-kept", "cloud/lease-renew"],
  },
  {
    fault: "empty credentials for anything",
    slot: "cloud",
    spoil: ({ rpc }) =>
      rpc === "GetCredentials" ? { credentials: {}, expiresAt: "99999999999" } : undefined,
    found: [
      "health/malformed-body",
      "cloud/credentials",
      "cloud/unknown-provider",
      "cloud/empty-resource",
      "cloud/each-user-their-own",
    ],
  },
  {
    fault: "reading is answered with credentials for the whole",
    slot: "cloud",
    spoil: ({ request, ...call }) => {
      const scopes = (request.scopes ?? []) as Json[];
      const reads = scopes.some(({ access }) => access === "CLOUD_ACCESS_READ");
      return reads ? credentials(call, { scopesApplied: false }) : undefined;
    },
    found: ["cloud/scopes-applied"],
  },
  {
    fault: "a scope of no access is one to write",
    slot: "cloud",
    spoil: ({ request, ...call }) => {
      const scopes = (request.scopes ?? []) as Json[];
      const writing = scopes.map((scope) => ({ access: "CLOUD_ACCESS_WRITE", ...scope }));
      return credentials(call, {}, { ...request, scopes: writing });
    },
    found: ["cloud/scope-without-access"],
  },
  {
    fault: "credentials outlive not_after",
    slot: "cloud",
    spoil: ({ request, ...call }) =>
      request.notAfter === undefined
        ? undefined
        : credentials(call, { expiresAt: String(Number(request.notAfter) + 1) }),
    found: ["cloud/not-after-kept"],
  },
  {
    fault: "everybody gets the same credentials",
    slot: "cloud",
    spoil: (call) => credentials(call, { credentials: { AWS_ACCESS_KEY_ID: "ASIA" } }),
    found: ["cloud/each-user-their-own"],
  },
  {
    fault: "everybody has the same lease",
    slot: "cloud",
    spoil: (call) => credentials(call, { leaseId: "one", renewable: false, revocable: false }),
    found: ["cloud/each-user-their-own"],
  },
  {
    fault: "a renewable lease without a handle",
    slot: "cloud",
    spoil: (call) => credentials(call, { leaseId: "", revocable: false }),
    found: ["cloud/lease-renew"],
  },
  {
    fault: "a renewable lease that cannot be renewed",
    slot: "cloud",
    spoil: ({ rpc }) => (rpc === "RenewCredentials" ? { raw: "", type: "application/proto" } : undefined),
    found: ["cloud/lease-renew", "cloud/lease-revoke", "cloud/unknown-lease"],
  },
  {
    fault: "renewed credentials that end before the first ones",
    slot: "cloud",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "RenewCredentials") return undefined;
      const { status, json } = await forward();
      return status === 200 ? { ...json, expiresAt: String(Number(json.expiresAt) - 100) } : undefined;
    },
    found: ["cloud/lease-renew"],
  },
  {
    fault: "revoking a lease does nothing",
    slot: "cloud",
    spoil: ({ rpc, request }) => {
      if (rpc !== "RevokeCredentials") return undefined;
      return { revoked: !String(request.leaseId).startsWith("conformance-") };
    },
    found: ["cloud/lease-revoke"],
  },
  {
    fault: "a revocable lease is not revoked",
    slot: "cloud",
    spoil: ({ rpc }) => (rpc === "RevokeCredentials" ? { revoked: false } : undefined),
    found: ["cloud/lease-revoke"],
  },
  {
    fault: "a second revoke fails",
    slot: "cloud",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "RevokeCredentials" || String(request.leaseId).startsWith("conformance-")) return undefined;
      const { json } = await forward();
      return json.revoked === true ? json : "hang";
    },
    found: ["cloud/lease-revoke"],
  },
  {
    fault: "any lease is renewed",
    slot: "cloud",
    spoil: ({ rpc, request }) =>
      rpc === "RenewCredentials" && String(request.leaseId).startsWith("conformance-")
        ? { credentials: { AWS_ACCESS_KEY_ID: "ASIA" }, expiresAt: soon() }
        : undefined,
    found: ["cloud/unknown-lease"],
  },
  {
    fault: "any lease is revoked",
    slot: "cloud",
    spoil: ({ rpc }) => (rpc === "RevokeCredentials" ? { revoked: true } : undefined),
    found: ["cloud/lease-revoke", "cloud/unknown-lease"],
  },
];
