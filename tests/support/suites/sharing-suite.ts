import { Permission, SharingService } from "@rat/contracts/sharing";
import { expect } from "vitest";
import type { Grant, GrantRequest, SharingPort } from "../../../services/ratd/src/slots/sharing/sharing.ts";
import { checkDate, checkText } from "./answer-checks.ts";
import { portCases, runCases, type Implementation, type PortCalls, type PortCase } from "./port-suite.ts";

const {
  shareResource,
  revokeAccess,
  listAccess,
  getGrant,
  listGranteeAccess,
  forgetResource,
  transferOwnership,
} = SharingService.method;

const ORDERS = { resourceType: "table", resourceId: "orders" };
const REQUEST: GrantRequest = {
  ...ORDERS,
  grantorId: "alice",
  granteeId: "bob",
  granteeType: "user",
  permission: "read",
  expiresAt: undefined,
};
const MALFORMED = { refused: "plugin_malformed" } as const;

/** Replies of calls that answer one grant. */
const GRANT_REPLIES = {
  "a grant without an id": [{ grant: { granteeId: "bob", permission: Permission.READ } }, MALFORMED],
  "an id that nobody can write": [
    { grant: { grantId: "g\u00001", granteeId: "bob", permission: Permission.READ } },
    MALFORMED,
  ],
  "a grant to nobody": [{ grant: { grantId: "g1", permission: Permission.READ } }, MALFORMED],
  "a grant of nothing": [{ grant: { grantId: "g1", granteeId: "bob" } }, MALFORMED],
  "a permission of a later version": [
    { grant: { grantId: "g1", granteeId: "bob", permission: 9 } },
    MALFORMED,
  ],
} as const;

const SHARING_CALLS: PortCalls<SharingPort> = {
  share: {
    rpc: shareResource,
    ask: (port, context) => port.share(REQUEST, context),
    check: checkGrant,
    mishaps: { empty: MALFORMED },
    replies: GRANT_REPLIES,
  },
  revoke: {
    rpc: revokeAccess,
    ask: (port, context) => port.revoke("g1", "alice", context),
    check: (revoked) => expect(revoked).toBeTypeOf("boolean"),
    mishaps: { empty: { answer: false } },
  },
  list: {
    rpc: listAccess,
    ask: (port, context) => port.list(ORDERS, false, context),
    check: (grants) => grants.forEach(checkGrant),
    mishaps: { empty: { answer: [] } },
    replies: {
      "one bad grant among good ones": [
        { grants: [{ grantId: "g1", granteeId: "bob", permission: Permission.READ }, {}] },
        MALFORMED,
      ],
    },
  },
  get: {
    rpc: getGrant,
    ask: (port, context) => port.get("g1", context),
    check: checkGrant,
    mishaps: { empty: MALFORMED },
    replies: GRANT_REPLIES,
  },
  listFor: {
    rpc: listGranteeAccess,
    ask: (port, context) =>
      port.listFor(
        { userId: "bob", roles: ["engineer"] },
        { resourceType: "", pageSize: 10, pageToken: "" },
        context,
      ),
    check({ grants, nextPageToken }) {
      grants.forEach(checkGrant);
      expect(nextPageToken).toBeTypeOf("string");
    },
    mishaps: { empty: { answer: { grants: [], nextPageToken: "" } } },
  },
  forget: {
    rpc: forgetResource,
    ask: (port, context) => port.forget(ORDERS, "alice", context),
    check: (answer) => expect(answer).toBeUndefined(),
    mishaps: { empty: { answer: undefined } },
  },
  transfer: {
    rpc: transferOwnership,
    ask: (port, context) => port.transfer({ ...ORDERS, fromUserId: "alice", toUserId: "bob" }, context),
    check: (transferred) => expect(transferred).toBeTypeOf("boolean"),
    mishaps: { empty: { answer: false } },
  },
};

function checkGrant({ grantedAt, expiresAt, revokedAt, ...texts }: Grant): void {
  for (const date of [grantedAt, expiresAt, revokedAt]) checkDate(date);
  for (const text of Object.values(texts)) checkText(text);
  expect(texts.grantId).not.toBe("");
  expect(texts.granteeId).not.toBe("");
  expect(["read", "write", "admin"]).toContain(texts.permission);
  expect(["user", "role"]).toContain(texts.granteeType);
}

/** What every sharing slot promises. */
export function sharingCases(implementation: Implementation<SharingPort>): readonly PortCase[] {
  return portCases(SHARING_CALLS, implementation);
}

/** Tests an implementation of the sharing slot. */
export function sharingSuite(name: string, implementation: Implementation<SharingPort>): void {
  runCases(name, "sharing", sharingCases(implementation));
}
