import type { CallContext } from "../slot.ts";

/** What a grant allows; each includes the ones before it. */
export type Permission = "read" | "write" | "admin";
/** Whom a grant is for. */
export type GranteeType = "user" | "role";

/** A thing that can be shared. */
export interface Resource {
  /** For example `pipeline`, `table`, `namespace`. */
  readonly resourceType: string;
  readonly resourceId: string;
}

/** One grant in force. */
export interface Grant extends Resource {
  readonly grantId: string;
  readonly granteeId: string;
  readonly granteeType: GranteeType;
  readonly permission: Permission;
  readonly grantedBy: string;
  /** Undefined when the plugin does not say. */
  readonly grantedAt: Date | undefined;
  /** Undefined when the grant does not end by itself. */
  readonly expiresAt: Date | undefined;
  /** Who took it back, and when; empty and undefined while nobody has. */
  readonly revokedBy: string;
  readonly revokedAt: Date | undefined;
}

/** One page of the grants that reach a person. */
export interface GrantPage {
  readonly grants: readonly Grant[];
  /** Empty at the end. */
  readonly nextPageToken: string;
}

/** What a new grant is to be. */
export interface GrantRequest extends Resource {
  readonly grantorId: string;
  readonly granteeId: string;
  readonly granteeType: GranteeType;
  readonly permission: Permission;
  readonly expiresAt: Date | undefined;
}

/** A person, as grants reach them. */
export interface Grantee {
  readonly userId: string;
  readonly roles: readonly string[];
}

/** Which of the grants of a person are wanted. */
export interface GranteePage {
  /** Empty for all kinds. */
  readonly resourceType: string;
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

/** A change of owner. */
export interface OwnershipTransfer extends Resource {
  readonly fromUserId: string;
  readonly toUserId: string;
}

/** The sharing slot: who was given access to what. Changes throw `not_available` without a plugin. */
export interface SharingPort {
  share(request: GrantRequest, context: CallContext): Promise<Grant>;
  /** False when there was no such grant. */
  revoke(grantId: string, revokedBy: string, context: CallContext): Promise<boolean>;
  /** The grants on a resource, oldest first; with `includeEnded` also those that were taken back or have run out. */
  list(resource: Resource, includeEnded: boolean, context: CallContext): Promise<readonly Grant[]>;
  /** A grant by its id. @throws RatError not_found; not_available when the plugin does not offer it */
  get(grantId: string, context: CallContext): Promise<Grant>;
  /** The grants in force that reach a person. @throws RatError not_available when the plugin does not offer it */
  listFor(who: Grantee, page: GranteePage, context: CallContext): Promise<GrantPage>;
  /** Ends all that is known of a resource which is gone. */
  forget(resource: Resource, removedBy: string, context: CallContext): Promise<void>;
  /** @throws RatError `conflict` when `fromUserId` is not the owner. */
  transfer(transfer: OwnershipTransfer, context: CallContext): Promise<boolean>;
}
