import { RatError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import { holds } from "../scopes.ts";
import type { Grant, GrantPage, GrantRequest, Resource } from "../slots/sharing/sharing.ts";
import type { Caller } from "./caller.ts";
import type { OwnerChange, Owners } from "./owners.ts";

/** Nobody is known by it, so it would be everybody. */
const NOBODY = "anonymous";
/** Grants of one page. */
const MAX_PAGE = 1000;

/** What sharing needs. */
export interface SharingDeps {
  readonly owners: Owners;
  readonly clock: Clock;
  /** Access has changed: decisions made before may be wrong. */
  readonly changed: () => Promise<void>;
}

/** Whose grants somebody wants to see. */
export interface ReceivedRequest {
  /** Undefined: the caller's. */
  readonly userId: string | undefined;
  /** The roles of that user; undefined: those of the caller, for the caller. */
  readonly roles: readonly string[] | undefined;
  /** Empty for all kinds. */
  readonly resourceType: string;
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

/** Grants and owners, as callers give and change them: the sharing slot, and the owners that ratd keeps. */
export class Sharing {
  readonly #deps: SharingDeps;

  constructor(deps: SharingDeps) {
    this.#deps = deps;
  }

  /** @throws RatError validation_failed; not_found for a thing that is not there; what the sharing slot says */
  async share(wanted: Omit<GrantRequest, "grantorId">, caller: Caller): Promise<Grant> {
    const { owners, clock, changed } = this.#deps;
    const { principal, slots } = caller;
    const { expiresAt, granteeId, resourceType, resourceId } = wanted;
    if (expiresAt !== undefined && !(expiresAt.getTime() > clock.now())) {
      throw invalid("/expires_at", "must lie in the future");
    }
    if (granteeId === NOBODY) throw invalid("/grantee_id", `"${NOBODY}" is nobody whom one can share with`);
    const port = slots.use("sharing");
    if (slots.statuses.sharing.servedBy === "plugin") {
      await owners.demandExisting({ resourceType, resourceId });
    }
    const grant = await port.share({ ...wanted, grantorId: principal.identity.userId }, caller);
    await changed();
    return grant;
  }

  /** The grants on a resource; with `includeEnded` also those that were taken back or have run out. */
  list(resource: Resource, includeEnded: boolean, caller: Caller): Promise<readonly Grant[]> {
    return caller.slots.use("sharing").list(resource, includeEnded, caller);
  }

  /** The grants that reach somebody. @throws RatError scope_missing for the grants of others; bad_request */
  async received(request: ReceivedRequest, caller: Caller): Promise<GrantPage> {
    const { identity, scopes } = caller.principal;
    const { userId = identity.userId, pageSize, ...page } = request;
    const own = userId === identity.userId && request.roles === undefined;
    if (!own && !holds(scopes, "access:read")) {
      throw new RatError("scope_missing", "The grants of others need the scope access:read.");
    }
    if (pageSize < 1 || pageSize > MAX_PAGE) {
      throw new RatError("bad_request", `limit must be 1 to ${MAX_PAGE}.`);
    }
    const roles = request.roles ?? (own ? identity.roles : []);
    const wanted = { resourceType: page.resourceType, pageSize, pageToken: page.pageToken };
    return caller.slots.use("sharing").listFor({ userId, roles }, wanted, caller);
  }

  /** A grant by its id; undefined where the plugin does not tell. @throws RatError not_found */
  async find(grantId: string, caller: Caller): Promise<Grant | undefined> {
    try {
      return await caller.slots.use("sharing").get(grantId, caller);
    } catch (reason) {
      if (RatError.from(reason).code !== "not_available") throw reason;
      return undefined;
    }
  }

  /** Takes a grant back. @throws RatError not_found */
  async revoke(grantId: string, caller: Caller): Promise<void> {
    const by = caller.principal.identity.userId;
    const revoked = await caller.slots.use("sharing").revoke(grantId, by, caller);
    await this.#deps.changed();
    if (!revoked) throw new RatError("not_found", noGrant(grantId));
  }

  /** Gives a resource a new owner. @throws RatError validation_failed, not_found; conflict when the owner is another */
  async transfer(resource: Resource, change: Omit<OwnerChange, "by">, caller: Caller): Promise<void> {
    const { principal, slots } = caller;
    const { to } = change;
    if (to === NOBODY) throw invalid("/to_user_id", `"${NOBODY}" cannot own anything`);
    const by = principal.identity.userId;
    await this.#deps.owners.transfer(resource, { ...change, by }, (from) =>
      slots.use("sharing").transfer({ ...resource, fromUserId: from, toUserId: to }, caller),
    );
    await this.#deps.changed();
  }

  /**
   * Ends what was shared of a thing that is about to go, so that a new one of the same name begins with nothing. While the
   * sharing slot denies, the thing stays.
   *
   * @throws RatError slot_denying; what the plugin says
   */
  async forget(resource: Resource, caller: Caller): Promise<void> {
    await caller.slots.use("sharing").forget(resource, caller.principal.identity.userId, caller);
  }
}

/** What is said of a grant that is not there. */
export function noGrant(id: string): string {
  return `There is no grant "${id}".`;
}

function invalid(pointer: string, message: string): RatError {
  return new RatError("validation_failed", `${pointer.slice(1)} ${message}.`, {
    violations: [{ pointer, message }],
  });
}
