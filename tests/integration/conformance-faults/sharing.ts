import type { Json, PlantedCall, Spoiled } from "../conformance-planted.ts";
import type { PlantedFault } from "./planted-fault.ts";

let starts = 0;
let sharing = 0;
const transfers = new Set<string>();

/** A page of ListGranteeAccess with something about it changed; undefined for other RPCs and for errors. */
async function personPage(
  rpc: string,
  forward: () => ReturnType<PlantedCall["forward"]>,
  change: Json = {},
): Promise<Spoiled> {
  if (rpc !== "ListGranteeAccess") return undefined;
  const { status, json } = await forward();
  return status === 200 ? { ...json, ...change } : undefined;
}

/** What a sharing plugin may do wrong. */
export const SHARING_FAULTS: readonly PlantedFault[] = [
  {
    fault: "sharing twice makes two grants",
    slot: "sharing",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "ShareResource" || request.granteeId !== "conformance-reader") return undefined;
      starts += 1;
      const { status, json } = await forward({ ...request, granteeId: `conformance-reader-${starts}` });
      if (status !== 200) return undefined;
      return { grant: { ...(json.grant as object), granteeId: request.granteeId } };
    },
    found: ["sharing/share-is-idempotent", "sharing/idempotent-under-concurrency", "sharing/get-grant"],
  },
  {
    fault: "revoking lies",
    slot: "sharing",
    spoil: ({ rpc }) => (rpc === "RevokeAccess" ? { revoked: true } : undefined),
    found: [
      "sharing/share-list-revoke",
      "sharing/revoke-unknown",
      "sharing/list-by-person",
      "sharing/list-ended",
    ],
  },
  {
    fault: "the newest grant first",
    slot: "sharing",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "ListAccess") return undefined;
      const { json } = await forward();
      return { grants: ((json.grants ?? []) as unknown[]).toReversed() };
    },
    found: ["sharing/list-oldest-first"],
  },
  {
    fault: "anyone gives anything away",
    slot: "sharing",
    spoil: ({ rpc }) => (rpc === "TransferOwnership" ? { transferred: true } : undefined),
    found: ["sharing/transfer-compare-and-set", "sharing/transfer-repeat"],
  },
  {
    fault: "a repeated transfer is refused",
    slot: "sharing",
    spoil: ({ rpc, request }) => {
      if (rpc !== "TransferOwnership") return undefined;
      const text = JSON.stringify(request);
      const known = transfers.has(text);
      transfers.add(text);
      return known ? { status: 400, code: "failed_precondition" } : undefined;
    },
    found: ["sharing/transfer-repeat"],
  },
  {
    fault: "equal requests at once make several grants",
    slot: "sharing",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "ShareResource") return undefined;
      sharing += 1;
      const busy = sharing > 1;
      const wanted = request.granteeId;
      const { status, json } = await forward(
        busy ? { ...request, granteeId: `${String(wanted)}-2` } : request,
      );
      sharing -= 1;
      return status === 200 ? { grant: { ...(json.grant as object), granteeId: wanted } } : undefined;
    },
    found: ["sharing/idempotent-under-concurrency"],
  },
  {
    fault: "what is gone is not forgotten",
    slot: "sharing",
    spoil: ({ rpc }) => (rpc === "ForgetResource" ? { revoked: 1 } : undefined),
    found: ["sharing/forget-resource"],
  },
  {
    fault: "GetGrant answers a default message",
    slot: "sharing",
    spoil: ({ rpc }) => (rpc === "GetGrant" ? {} : undefined),
    found: ["sharing/get-grant"],
  },
  {
    fault: "GetGrant makes up what it does not know",
    slot: "sharing",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "GetGrant") return undefined;
      const { status, json } = await forward();
      return status === 200 ? json : { grant: { grantId: request.grantId } };
    },
    found: ["sharing/get-grant"],
  },
  {
    fault: "roles count for nothing in a person's list",
    slot: "sharing",
    spoil: ({ rpc, request, forward }) => personPage(rpc, () => forward({ ...request, roles: [] })),
    found: ["sharing/list-by-person"],
  },
  {
    fault: "a person's list has no second page",
    slot: "sharing",
    spoil: ({ rpc, forward }) => personPage(rpc, forward, { nextPageToken: "" }),
    found: ["sharing/list-by-person"],
  },
  {
    fault: "a person's list never ends",
    slot: "sharing",
    spoil: ({ rpc, request, forward }) =>
      personPage(rpc, () => forward({ ...request, pageToken: "" }), { nextPageToken: "again" }),
    found: ["sharing/list-by-person"],
  },
  {
    fault: "a person's list leaves page_size to itself",
    slot: "sharing",
    spoil: ({ rpc, request, forward }) => personPage(rpc, () => forward({ ...request, pageSize: 0 })),
    found: ["sharing/list-by-person"],
  },
  {
    fault: "ended grants do not say who took them back",
    slot: "sharing",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "ListAccess" || request.includeEnded !== true) return undefined;
      const { json } = await forward();
      return { grants: (json.grants as Json[]).map(({ revokedBy: _who, ...grant }) => grant) };
    },
    found: ["sharing/list-ended"],
  },
];
