import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import {
  GranteeType as WireGranteeType,
  Permission as WirePermission,
  SharingService,
} from "@rat/contracts/sharing";
import type { AccessGrant } from "@rat/contracts/sharing";
import { printable } from "../../platform/connection/failure.ts";
import {
  callOptions,
  changeOptions,
  dateFromWire,
  isUnimplemented,
  malformed,
  remoteError,
} from "../remote-call.ts";
import type { RemotePlugin } from "../slot.ts";
import type { Grant, Permission, SharingPort } from "./sharing.ts";

const TO_WIRE = {
  read: WirePermission.READ,
  write: WirePermission.WRITE,
  admin: WirePermission.ADMIN,
} as const satisfies Record<Permission, number>;

const FROM_WIRE = new Map<number, Permission>([
  [WirePermission.READ, "read"],
  [WirePermission.WRITE, "write"],
  [WirePermission.ADMIN, "admin"],
]);

/** The sharing slot served by a plugin. */
export function remoteSharing(plugin: RemotePlugin): SharingPort {
  const client = createClient(SharingService, plugin.transport);
  const call = async <T>(method: string, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (reason) {
      throw remoteError(plugin, method, reason);
    }
  };
  const port: SharingPort = {
    share: ({ permission, granteeType, expiresAt, ...rest }, context) =>
      call("ShareResource", async () => {
        const { grant } = await client.shareResource(
          {
            ...rest,
            permission: TO_WIRE[permission],
            granteeType: granteeType === "role" ? WireGranteeType.ROLE : WireGranteeType.USER,
            ...(expiresAt === undefined ? {} : { expiresAt: timestampFromDate(expiresAt) }),
          },
          changeOptions(context),
        );
        if (grant === undefined) throw malformed(plugin, "ShareResource", "no grant");
        return fromWire(plugin, "ShareResource", grant);
      }),
    revoke: (grantId, revokedBy, context) =>
      call(
        "RevokeAccess",
        async () => (await client.revokeAccess({ grantId, revokedBy }, changeOptions(context))).revoked,
      ),
    list: (resource, includeEnded, context) =>
      call("ListAccess", async () => {
        const { grants } = await client.listAccess({ ...resource, includeEnded }, callOptions(context));
        return grants.map((grant) => fromWire(plugin, "ListAccess", grant));
      }),
    get: (grantId, context) =>
      call("GetGrant", async () => {
        const { grant } = await client.getGrant({ grantId }, callOptions(context));
        if (grant === undefined) throw malformed(plugin, "GetGrant", "no grant");
        return fromWire(plugin, "GetGrant", grant);
      }),
    listFor: ({ userId, roles }, page, context) =>
      call("ListGranteeAccess", async () => {
        const answer = await client.listGranteeAccess(
          { userId, roles: [...roles], ...page },
          callOptions(context),
        );
        const grants = answer.grants.map((grant) => fromWire(plugin, "ListGranteeAccess", grant));
        return { grants, nextPageToken: answer.nextPageToken };
      }),
    async forget(resource, removedBy, context) {
      try {
        await client.forgetResource({ ...resource, removedBy }, changeOptions(context));
      } catch (reason) {
        if (!isUnimplemented(reason)) throw remoteError(plugin, "ForgetResource", reason);
        for (const { grantId } of await port.list(resource, false, context)) {
          await port.revoke(grantId, removedBy, context);
        }
      }
    },
    transfer: (transfer, context) =>
      call(
        "TransferOwnership",
        async () => (await client.transferOwnership(transfer, changeOptions(context))).transferred,
      ),
  };
  return port;
}

function fromWire(plugin: RemotePlugin, method: string, grant: AccessGrant): Grant {
  const permission = FROM_WIRE.get(grant.permission);
  if (!isId(grant.grantId) || !isId(grant.granteeId) || permission === undefined) {
    throw malformed(plugin, method, "a grant without a valid grant_id, grantee_id or permission");
  }
  return {
    grantId: grant.grantId,
    granteeId: grant.granteeId,
    granteeType: grant.granteeType === WireGranteeType.ROLE ? "role" : "user",
    resourceType: printable(grant.resourceType),
    resourceId: printable(grant.resourceId),
    permission,
    grantedBy: printable(grant.grantedBy),
    grantedAt: dateFromWire(grant.grantedAt),
    expiresAt: dateFromWire(grant.expiresAt),
    revokedBy: printable(grant.revokedBy),
    revokedAt: dateFromWire(grant.revokedAt),
  };
}

/** Ids are sent back to the plugin, so they are taken as they are or not at all. */
function isId(text: string): boolean {
  return text !== "" && printable(text) === text;
}
