import type { MaybePromise } from "../maybe-promise.ts";
import type { PluginContext } from "../../plugin-context.ts";

/** What a grant allows. Each includes the ones before it. */
export type SharePermission = "read" | "write" | "admin";

/** Whether a grantee id names a user or a role. */
export type GranteeKind = "user" | "role";

/** A shared thing: its kind, for example "pipeline", and its id. */
export interface SharedResource {
  readonly resourceType: string;
  readonly resourceId: string;
}

/** One grant. */
export interface Grant extends SharedResource {
  readonly grantId: string;
  readonly granteeId: string;
  readonly granteeType: GranteeKind;
  readonly permission: SharePermission;
  readonly grantedBy: string;
  readonly grantedAt: Date;
  /** When the grant ends by itself; absent means never. */
  readonly expiresAt?: Date;
}

/** A grant that is asked for. */
export interface ShareInput extends SharedResource {
  readonly grantorId: string;
  readonly granteeId: string;
  readonly granteeType: GranteeKind;
  readonly permission: SharePermission;
  readonly expiresAt: Date | undefined;
}

/** A change of owner that is asked for. */
export interface TransferInput extends SharedResource {
  readonly fromUserId: string;
  readonly toUserId: string;
}

/** What a sharing plugin does. */
export interface SharingHandlers<C> {
  /** Gives access; the same resource and grantee again answers the standing grant with the new permission. */
  shareResource(input: ShareInput, ctx: PluginContext<C>): MaybePromise<Grant>;
  /** Takes a grant back; `revoked` is false when there was none. */
  revokeAccess(
    input: { grantId: string; revokedBy: string },
    ctx: PluginContext<C>,
  ): MaybePromise<{ revoked: boolean }>;
  /** Lists the grants in force on a resource, oldest first. */
  listAccess(input: SharedResource, ctx: PluginContext<C>): MaybePromise<readonly Grant[]>;
  /** Gives a resource a new owner; `failed_precondition` when `fromUserId` is not the owner. */
  transferOwnership(input: TransferInput, ctx: PluginContext<C>): MaybePromise<{ transferred: boolean }>;
}
