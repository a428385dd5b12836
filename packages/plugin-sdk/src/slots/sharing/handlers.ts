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
  /** Who took it back, and when; absent while nobody has. */
  readonly revokedBy?: string;
  readonly revokedAt?: Date;
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

/** A question for the grants on a resource. */
export interface ListAccessInput extends SharedResource {
  /** Whether grants that were taken back or have run out are wanted too. */
  readonly includeEnded: boolean;
}

/** A question for the grants that reach a person. */
export interface GranteeAccessInput {
  readonly userId: string;
  readonly roles: readonly string[];
  /** Empty for all kinds. */
  readonly resourceType: string;
  /** Most grants of one answer; 0 leaves it to the plugin. */
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

/** One page of grants. */
export interface GrantPage {
  readonly grants: readonly Grant[];
  /** Empty at the end. */
  readonly nextPageToken: string;
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
  /** Lists the grants on a resource, oldest first. */
  listAccess(input: ListAccessInput, ctx: PluginContext<C>): MaybePromise<readonly Grant[]>;
  /** Finds a grant, in force or ended; `not_found` when there is none. */
  getGrant?(input: { grantId: string }, ctx: PluginContext<C>): MaybePromise<Grant>;
  /** Lists the grants in force that reach a person, oldest first. */
  listGranteeAccess?(input: GranteeAccessInput, ctx: PluginContext<C>): MaybePromise<GrantPage>;
  /** Ends all that is known of a resource which is gone: its grants, and who owned it. */
  forgetResource?(
    input: SharedResource & { readonly removedBy: string },
    ctx: PluginContext<C>,
  ): MaybePromise<{ revoked: number }>;
  /**
   * Gives a resource a new owner; `failed_precondition` when `fromUserId` is not the owner. The last transfer once more
   * is no error.
   */
  transferOwnership(input: TransferInput, ctx: PluginContext<C>): MaybePromise<{ transferred: boolean }>;
}
