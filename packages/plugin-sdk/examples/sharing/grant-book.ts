import { randomUUID } from "node:crypto";
import {
  PluginError,
  type Grant,
  type SharedResource,
  type ShareInput,
  type TransferInput,
} from "@rat/plugin-sdk";

/** Grants and owners of resources, in memory. */
export class GrantBook {
  /** By id. A Map keeps the order of insertion, which is the order of granting. */
  readonly #grants = new Map<string, Grant>();
  readonly #owners = new Map<string, string>();

  /**
   * Gives access, or changes the grant that the grantee already has on the resource.
   *
   * @throws PluginError `invalid_argument` for an end in the past, `resource_exhausted` when the book is full.
   */
  share(input: ShareInput, now: Date, maxGrants: number): Grant {
    if (input.expiresAt !== undefined && input.expiresAt <= now) {
      throw new PluginError("invalid_argument", "expires_at: must lie in the future");
    }
    this.#dropExpired(now);
    const standing = this.#inForce(input).find(
      (grant) => grant.granteeId === input.granteeId && grant.granteeType === input.granteeType,
    );
    if (standing === undefined && this.#grants.size >= maxGrants) {
      throw new PluginError("resource_exhausted", `the limit of ${maxGrants} grants is reached`);
    }
    const { grantorId, expiresAt, ...asked } = input;
    const grant: Grant = {
      ...asked,
      grantId: standing?.grantId ?? randomUUID(),
      grantedBy: standing?.grantedBy ?? grantorId,
      grantedAt: standing?.grantedAt ?? now,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    this.#grants.set(grant.grantId, grant);
    return grant;
  }

  /** Takes a grant back. Answers whether it was in force. */
  revoke(grantId: string, now: Date): boolean {
    this.#dropExpired(now);
    return this.#grants.delete(grantId);
  }

  /** The grants in force on a resource, oldest first. */
  list(resource: SharedResource, now: Date): Grant[] {
    this.#dropExpired(now);
    return this.#inForce(resource);
  }

  /**
   * Gives a resource a new owner, by compare-and-set. Nobody told this book who created a resource, so the
   * first transfer is believed.
   *
   * @throws PluginError `failed_precondition` when `fromUserId` is not the owner.
   */
  transfer({ fromUserId, toUserId, ...resource }: TransferInput): void {
    const key = keyOf(resource);
    const owner = this.#owners.get(key) ?? fromUserId;
    if (owner !== fromUserId) {
      throw new PluginError("failed_precondition", `${fromUserId} is not the owner; nothing was changed`);
    }
    this.#owners.set(key, toUserId);
  }

  #inForce(resource: SharedResource): Grant[] {
    const key = keyOf(resource);
    return [...this.#grants.values()].filter((grant) => keyOf(grant) === key);
  }

  #dropExpired(now: Date): void {
    for (const [id, grant] of this.#grants) {
      if (grant.expiresAt !== undefined && grant.expiresAt <= now) this.#grants.delete(id);
    }
  }
}

/** One text for a resource, such that no two resources share it. */
function keyOf({ resourceType, resourceId }: SharedResource): string {
  return JSON.stringify([resourceType, resourceId]);
}
