import type { Caller } from "../access/caller.ts";
import { listedUser, type Principal } from "../access/principal.ts";
import type { Auditor } from "../audit/audit.ts";
import { RatError } from "../errors.ts";
import { holds } from "../scopes.ts";
import type { Clock } from "../platform/clock.ts";
import type { Identity } from "../slots/auth/auth.ts";
import type { CloudAccess, CloudProvider, CloudScope, VendedCredentials } from "../slots/cloud/cloud.ts";
import type { SlotSnapshot } from "../slots/slot-snapshot.ts";
import type { CallContext } from "../slots/slot.ts";
import type { CloudObject } from "./cloud-scopes.ts";
import type { Lease, LeaseFilter, LeaseStore } from "./lease-store.ts";

/** Longest life of credentials that are given out, milliseconds. */
const LONGEST_MS = 3_600_000;

/** Credentials that somebody may have: the object was authorised before. */
export interface LeaseRequest {
  readonly provider: CloudProvider;
  readonly object: CloudObject;
  readonly access: CloudAccess;
  /** What is asked of a plugin that knows no scopes. */
  readonly resource: string;
  readonly scopes: readonly CloudScope[];
  readonly namespace: string;
  readonly who: Pick<Identity, "userId" | "roles">;
  /** How the caller was established; undefined for a run. */
  readonly principal: Pick<Principal, "mode" | "keyId"> | undefined;
  /** The run that receives them; undefined for a person. */
  readonly run: { readonly id: string; readonly remainingMs: number } | undefined;
}

/** Credentials with their lease. Secret. */
export interface IssuedCredentials {
  readonly lease: Lease;
  readonly values: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

/** What came of revoking a lease. */
export interface Revocation {
  readonly lease: Lease;
  /** Whether the credentials work no more; false when the provider lets them run out. */
  readonly ended: boolean;
}

/** What leases need. */
export interface LeasesDeps {
  readonly store: LeaseStore;
  /** Makes the id of a lease: in the order of time, and not to be guessed. */
  readonly newId: () => string;
  readonly clock: Clock;
  readonly audit: Auditor;
}

/** Gives out credentials as leases: written down before they leave, renewed and revoked where the provider can. */
export class Leases {
  readonly #deps: LeasesDeps;

  constructor(deps: LeasesDeps) {
    this.#deps = deps;
  }

  /**
   * Fresh credentials.
   *
   * @throws RatError what the cloud slot says; database_unavailable, and then nobody has got them
   */
  async issue(request: LeaseRequest, slots: SlotSnapshot, context: CallContext): Promise<IssuedCredentials> {
    const { store, newId } = this.#deps;
    const { provider, object, access, resource, scopes, namespace, who, principal, run } = request;
    const port = slots.use("cloud");
    const plugin = slots.bindings.cloud.plugin?.name ?? "";
    const id = newId();
    await this.#deps.audit.demand({
      action: "credentials.issue",
      result: "begun",
      actor: who.userId,
      authMode: principal?.mode ?? "none",
      keyId: principal?.keyId,
      objectType: object.resourceType,
      objectId: object.resourceId,
      requestId: context.requestId,
      details: { lease: id, provider, access, scopes, run: run?.id },
    });
    await store.begin({
      id,
      userId: who.userId,
      roles: who.roles,
      runId: run?.id ?? null,
      provider,
      ...object,
      access,
      scopes,
      plugin,
    });
    let vended: VendedCredentials | undefined;
    try {
      vended = await port.getCredentials(
        {
          provider,
          resource,
          userId: who.userId,
          scopes,
          namespace,
          runId: run?.id ?? "",
          notAfter: new Date(this.#deps.clock.now() + Math.min(LONGEST_MS, run?.remainingMs ?? LONGEST_MS)),
        },
        context,
      );
      const { leaseId: pluginLease, renewable, revocable, expiresAt, values } = vended;
      const lease = await store.activate(id, { pluginLease, renewable, revocable, expiresAt });
      return { lease, values, expiresAt };
    } catch (reason) {
      const error = RatError.from(reason);
      // Nobody has seen them, and nobody will.
      if (vended?.revocable === true) await port.revoke(vended.leaseId, context).catch(() => undefined);
      await store.fail(id, error.message).catch(() => undefined);
      throw error;
    }
  }

  /** The leases of a user, or all, newest first: what the caller may see of them. */
  list(
    filter: LeaseFilter,
    by: Principal,
    after: string | undefined,
    limit: number,
  ): Promise<readonly Lease[]> {
    const userId = listedUser(filter.userId, by, "leases:manage");
    return this.#deps.store.list({ ...filter, userId }, after, limit);
  }

  /** A lease of the caller's, or any for who manages leases. @throws RatError not_found */
  async get(id: string, { identity, scopes }: Principal): Promise<Lease> {
    const lease = await this.#deps.store.get(id);
    if (lease.userId === identity.userId || holds(scopes, "leases:manage")) return lease;
    throw new RatError("not_found", `There is no lease "${id}".`);
  }

  /** Ends a lease that the caller may see. @throws RatError not_found, and as `revoke` does */
  async end(id: string, caller: Caller): Promise<Revocation> {
    await this.get(id, caller.principal);
    return this.revoke(id, caller.principal.identity.userId, caller.slots, caller);
  }

  /** Fresh credentials for a lease that its plugin can renew. @throws RatError conflict for one that was revoked */
  async renew(
    lease: Lease,
    remainingMs: number,
    slots: SlotSnapshot,
    context: CallContext,
  ): Promise<IssuedCredentials> {
    const { store, clock } = this.#deps;
    const present = await store.get(lease.id);
    if (present.state !== "active") throw new RatError("conflict", `Lease ${lease.id} is ${present.state}.`);
    const notAfter = new Date(clock.now() + Math.min(LONGEST_MS, remainingMs));
    const { values, expiresAt } = await slots.use("cloud").renew(lease.pluginLease, notAfter, context);
    return { lease: await store.renew(lease.id, expiresAt), values, expiresAt };
  }

  /** Ends a lease. @throws RatError conflict for one that has ended; what the plugin says */
  async revoke(id: string, by: string, slots: SlotSnapshot, context: CallContext): Promise<Revocation> {
    const { store } = this.#deps;
    const lease = await store.get(id);
    if (lease.state !== "active") throw new RatError("conflict", `Lease ${id} is ${lease.state} already.`);
    // The credentials first: what the table says must be so.
    const ended = lease.revocable && (await slots.use("cloud").revoke(lease.pluginLease, context));
    const reason = ended
      ? ""
      : `The provider cannot end them early: they work until ${lease.expiresAt?.toISOString() ?? "they end"}.`;
    return { lease: (await store.revoke(id, by, reason)) ?? lease, ended };
  }
}
