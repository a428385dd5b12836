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
  /** By resource, then by id. A Map keeps the order of insertion, which is the order of granting. */
  readonly #grants = new Map<string, Map<string, Grant>>();
  /** The resource of each grant. */
  readonly #keys = new Map<string, string>();
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
    const key = keyOf(input);
    const standing = this.#inForce(key, now).find(
      (grant) => grant.granteeId === input.granteeId && grant.granteeType === input.granteeType,
    );
    if (standing === undefined && this.#keys.size >= maxGrants) {
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
    const onResource = this.#grants.get(key) ?? new Map<string, Grant>();
    this.#grants.set(key, onResource.set(grant.grantId, grant));
    this.#keys.set(grant.grantId, key);
    return grant;
  }

  /** Takes a grant back. Answers whether it was in force. */
  revoke(grantId: string, now: Date): boolean {
    const key = this.#keys.get(grantId);
    if (key === undefined) return false;
    const inForce = this.#inForce(key, now).some((grant) => grant.grantId === grantId);
    this.#drop(key, grantId);
    return inForce;
  }

  /** The grants in force on a resource, oldest first. */
  list(resource: SharedResource, now: Date): Grant[] {
    return this.#inForce(keyOf(resource), now);
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

  /** The grants of one resource; those that have ended are dropped on the way. */
  #inForce(key: string, now: Date): Grant[] {
    const grants = [...(this.#grants.get(key)?.values() ?? [])];
    const ended = grants.filter(({ expiresAt }) => expiresAt !== undefined && expiresAt <= now);
    for (const { grantId } of ended) this.#drop(key, grantId);
    return grants.filter((grant) => !ended.includes(grant));
  }

  #drop(key: string, grantId: string): void {
    const onResource = this.#grants.get(key);
    onResource?.delete(grantId);
    if (onResource?.size === 0) this.#grants.delete(key);
    this.#keys.delete(grantId);
  }
}

/** One text for a resource, such that no two resources share it. */
function keyOf({ resourceType, resourceId }: SharedResource): string {
  return JSON.stringify([resourceType, resourceId]);
}
