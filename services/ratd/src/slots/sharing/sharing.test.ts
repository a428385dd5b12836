import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { GranteeType, Permission, SharingService } from "@rat/contracts/sharing";
import { expect, test } from "vitest";
import { MemoryPlugin } from "../../../../../tests/support/memory-plugin.ts";
import { broken, spoilt, type Implementation } from "../../../../../tests/support/suites/port-suite.ts";
import { sharingCases, sharingSuite } from "../../../../../tests/support/suites/sharing-suite.ts";
import { changeOptions } from "../remote-call.ts";
import { noopSharing } from "./noop-sharing.ts";
import { remoteSharing } from "./remote-sharing.ts";
import type { SharingPort } from "./sharing.ts";

const GRANTED_AT = new Date(Date.UTC(2026, 0, 1));
const WIRE_GRANT = {
  grantId: "g1",
  granteeId: "engineer",
  granteeType: GranteeType.ROLE,
  resourceType: "table",
  resourceId: "orders",
  permission: Permission.WRITE,
  grantedBy: "alice",
  grantedAt: timestampFromDate(GRANTED_AT),
};
const GRANT = {
  grantId: "g1",
  granteeId: "engineer",
  granteeType: "role",
  resourceType: "table",
  resourceId: "orders",
  permission: "write",
  grantedBy: "alice",
  grantedAt: GRANTED_AT,
  expiresAt: undefined,
  revokedBy: "",
  revokedAt: undefined,
};

sharingSuite("no plugin", {
  create: () => ({ port: noopSharing }),
  well: {
    share: { refused: "not_available" },
    revoke: { refused: "not_available" },
    list: { answer: [] },
    get: { refused: "not_found" },
    listFor: { answer: { grants: [], nextPageToken: "" } },
    forget: { answer: undefined },
    transfer: { refused: "not_available" },
  },
});

const byPlugin: Implementation<SharingPort> = {
  create() {
    const plugin = new MemoryPlugin("sharing", (router) =>
      router.service(SharingService, {
        shareResource: () => ({ grant: WIRE_GRANT }),
        revokeAccess: () => ({ revoked: true }),
        listAccess: () => ({ grants: [WIRE_GRANT] }),
        getGrant: () => ({ grant: WIRE_GRANT }),
        listGranteeAccess: () => ({ grants: [WIRE_GRANT], nextPageToken: "2" }),
        forgetResource: () => ({}),
        transferOwnership: () => ({ transferred: true }),
      }),
    );
    return { port: remoteSharing(plugin), plugin };
  },
  well: {
    share: { answer: GRANT },
    revoke: { answer: true },
    list: { answer: [GRANT] },
    get: { answer: GRANT },
    listFor: { answer: { grants: [GRANT], nextPageToken: "2" } },
    forget: { answer: undefined },
    transfer: { answer: true },
  },
};

sharingSuite("a plugin", byPlugin);

test("the suite notices an adapter that lets errors of the wire through", async () => {
  const leaking = spoilt(byPlugin, (_, { transport }) => ({
    revoke: async (grantId, revokedBy, context) => {
      const client = createClient(SharingService, transport);
      return (await client.revokeAccess({ grantId, revokedBy }, changeOptions(context))).revoked;
    },
  }));
  expect(await broken(sharingCases(leaking))).toEqual([
    "revoke of a plugin that is hanging is refused: plugin_timeout",
    "revoke of a plugin that is failing is refused: plugin_error",
    "revoke of a plugin that is forbidding is refused: permission_denied",
    "revoke of a plugin that is full is refused: plugin_unavailable",
    "revoke of a plugin that is lacking is refused: not_available",
    "revoke of a plugin that is gone is refused: plugin_unavailable",
    "revoke of a plugin that is cut is refused: plugin_unavailable",
    "revoke of a plugin that is odd is refused: plugin_error",
    "revoke ends when its caller leaves",
    "revoke ends at once when its caller has left before",
  ]);
});
