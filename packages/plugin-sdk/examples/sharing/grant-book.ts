import { randomUUID } from "node:crypto";
import {
  PluginError,
  type Grant,
  type GranteeAccessInput,
  type GrantPage,
  type ListAccessInput,
  type SharedResource,
  type ShareInput,
  type TransferInput,
} from "@rat/plugin-sdk";

/** Grants and owners of resources, in memory. */
export class GrantBook {
  /** By id. A Map keeps the order of insertion, which is the order of granting. Ended grants stay. */
  readonly #grants = new Map<string, Grant>();
  /** The grant that was given last to a grantee on a resource. */
  readonly #standing = new Map<string, string>();
  /** Owners as far as transfers told of them, and the owner before. */
  readonly #owners = new Map<string, { readonly owner: string; readonly before: string }>();

  /**
   * Gives access, or changes the grant that the grantee already has on the resource.
   *
   * @throws PluginError `invalid_argument` for an end in the past, `resource_exhausted` when the book is full.
   */
  share(input: ShareInput, now: Date, maxGrants: number): Grant {
    if (input.expiresAt !== undefined && input.expiresAt <= now) {
      throw new PluginError("invalid_argument", "expires_at: must lie in the future");
    }
    const key = keyOf(input.resourceType, input.resourceId, input.granteeType, input.granteeId);
    const last = this.#grants.get(this.#standing.get(key) ?? "");
    const standing = last !== undefined && inForce(last, now) ? last : undefined;
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
    this.#standing.set(key, grant.grantId);
    return grant;
  }

  /** Takes a grant back. Answers whether it was in force. */
  revoke(grantId: string, revokedBy: string, now: Date): boolean {
    const grant = this.#grants.get(grantId);
    if (grant === undefined || !inForce(grant, now)) return false;
    this.#grants.set(grantId, { ...grant, revokedBy, revokedAt: now });
    return true;
  }

  /** The grants on a resource, oldest first. */
  list({ resourceType, resourceId, includeEnded }: ListAccessInput, now: Date): Grant[] {
    return [...this.#grants.values()].filter(
      (grant) =>
        grant.resourceType === resourceType &&
        grant.resourceId === resourceId &&
        (includeEnded || inForce(grant, now)),
    );
  }

  /** A grant, in force or ended. @throws PluginError `not_found`. */
  get(grantId: string): Grant {
    const grant = this.#grants.get(grantId);
    if (grant === undefined) throw new PluginError("not_found", "there is no grant of this id");
    return grant;
  }

  /** One page of the grants in force that reach a person. A page begins after the grant that its token names. */
  listOf({ userId, roles, resourceType, pageSize, pageToken }: GranteeAccessInput, now: Date): GrantPage {
    const all = [...this.#grants.values()];
    const after = all.findIndex(({ grantId }) => grantId === pageToken);
    if (pageToken !== "" && after === -1) throw new PluginError("invalid_argument", "page_token: is unknown");
    const reaching = all.slice(after + 1).filter((grant) => {
      const named =
        grant.granteeType === "user" ? grant.granteeId === userId : roles.includes(grant.granteeId);
      return named && inForce(grant, now) && (resourceType === "" || grant.resourceType === resourceType);
    });
    const grants = reaching.slice(0, pageSize || 100);
    const more = grants.length < reaching.length;
    return { grants, nextPageToken: more ? (grants.at(-1)?.grantId ?? "") : "" };
  }

  /** Ends all that is known of a resource which is gone. Answers how many grants were in force. */
  forget(resource: SharedResource & { readonly removedBy: string }, now: Date): number {
    this.#owners.delete(keyOf(resource.resourceType, resource.resourceId));
    const standing = this.list({ ...resource, includeEnded: false }, now);
    for (const { grantId } of standing) this.revoke(grantId, resource.removedBy, now);
    return standing.length;
  }

  /**
   * Gives a resource a new owner, by compare-and-set. Nobody told this book who created a resource, so the
   * first transfer is believed; the last one may be repeated.
   *
   * @throws PluginError `failed_precondition` when `fromUserId` is not the owner.
   */
  transfer({ fromUserId, toUserId, resourceType, resourceId }: TransferInput): void {
    const key = keyOf(resourceType, resourceId);
    const known = this.#owners.get(key);
    if (known?.owner === toUserId && known.before === fromUserId) return;
    if (known !== undefined && known.owner !== fromUserId) {
      throw new PluginError("failed_precondition", `${fromUserId} is not the owner; nothing was changed`);
    }
    this.#owners.set(key, { owner: toUserId, before: fromUserId });
  }
}

function inForce({ revokedAt, expiresAt }: Grant, now: Date): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > now);
}

/** One text for some texts, such that no others share it. */
function keyOf(...texts: readonly string[]): string {
  return JSON.stringify(texts);
}
