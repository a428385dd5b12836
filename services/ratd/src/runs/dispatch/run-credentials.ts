import { isDeepStrictEqual } from "node:util";
import type { Access } from "../../access/access.ts";
import { aboutNamespace } from "../../access/question.ts";
import type { RunsConfig } from "../../config/config.ts";
import { CloudPlaces, type CloudObject } from "../../credentials/cloud-scopes.ts";
import type { LeaseWatching } from "../../credentials/create-credentials.ts";
import type { Lease } from "../../credentials/lease-store.ts";
import type { IssuedCredentials, Leases } from "../../credentials/leases.ts";
import { RatError } from "../../errors.ts";
import { pipelineId } from "../../pipeline-id.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import type { CloudScope } from "../../slots/cloud/cloud.ts";
import type { SlotSnapshot } from "../../slots/slot-snapshot.ts";
import { newCallContext, type CallContext } from "../../slots/slot.ts";
import type { Slots } from "../../slots/slots.ts";
import type { ActiveRun } from "./active-run.ts";
import type { OwnedRun } from "./dispatch-store.ts";
import { creatorOf } from "./run-rights.ts";

/** Temporary credentials of one attempt. Secret: handed to the executor and kept nowhere. */
export interface RunCredentials {
  readonly values: Readonly<Record<string, string>>;
  /** Milliseconds until they should be renewed; undefined without any. */
  readonly renewInMs: number | undefined;
}

/** What there is without the cloud slot, and for callers whom nobody identified. */
const NONE: RunCredentials = { values: {}, renewInMs: undefined };

/** Credentials are renewed when this share of their life is over. */
const RENEW_AFTER = 0.5;

/** What getting credentials needs. */
export interface CredentialSourceDeps {
  readonly slots: Pick<Slots, "current">;
  readonly access: Pick<Access, "decideAll">;
  readonly leases: Pick<Leases, "issue" | "renew" | "revoke">;
  readonly leaseWatch: Pick<LeaseWatching, "runsEnded">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: RunsConfig["credentials"];
}

/** Gets credentials for runs from the cloud slot, cut to what their creators may reach. */
export class CredentialSource {
  readonly #deps: CredentialSourceDeps;
  readonly #places: CloudPlaces;

  constructor(deps: CredentialSourceDeps) {
    this.#deps = deps;
    this.#places = new CloudPlaces(deps.config.resource);
  }

  /**
   * The credentials of a run; none while no cloud plugin serves.
   *
   * @throws RatError auth_fallback while the auth plugin is away; what the cloud plugin answers
   */
  async get(active: ActiveRun, context: CallContext): Promise<RunCredentials> {
    const { run } = active;
    const slots = this.#deps.slots.current();
    const { auth, cloud } = slots.statuses;
    if (cloud.state === "builtin" || !run.identified) return NONE;
    if (auth.state !== "builtin" && auth.servedBy !== "plugin") {
      throw new RatError(
        "auth_fallback",
        "The auth plugin does not serve, so no credentials are given out.",
        {
          retryAfterSeconds: 5,
        },
      );
    }
    // A built-in that stands in for the plugin has none: the run goes without, as it would with no plugin at all.
    if (cloud.servedBy === "builtin") return NONE;
    const former = active.held?.lease;
    const scopes = await this.#scopes(active.run, slots, context);
    const { lease, values, expiresAt } = await this.#vend(active, scopes, slots, context);
    active.hold({ lease, scopes });
    // It may reach what the creator no longer may.
    if (former?.id !== lease.id) this.#end(former);
    return { values, renewInMs: Math.max(0, (expiresAt.getTime() - this.#deps.clock.now()) * RENEW_AFTER) };
  }

  /** This replica follows the attempt no more, since it has ended or waits again: so do its credentials end. */
  release({ run, held }: ActiveRun): void {
    this.#end(held?.lease);
    // What is not known here: leases that another owner gave, or that are being issued.
    if (run.identified) this.#deps.leaseWatch.runsEnded();
  }

  #end(lease: Lease | undefined): void {
    if (lease === undefined) return;
    const context = newCallContext("leases", new AbortController().signal);
    this.#deps.leases
      .revoke(lease.id, "ratd", this.#deps.slots.current(), context)
      .catch((err: unknown) => this.#deps.logger.debug({ err, lease: lease.id }, "a lease was not ended"));
  }

  async #vend(
    active: ActiveRun,
    scopes: readonly CloudScope[],
    slots: SlotSnapshot,
    context: CallContext,
  ): Promise<IssuedCredentials> {
    const { leases, config, clock } = this.#deps;
    const { run, held } = active;
    const remainingMs = Math.max(0, -active.overdueBy(clock.monotonic()));
    // A renewal keeps the scopes that the lease was given with: once they are others, a new one is due.
    if (held?.lease.renewable === true && isDeepStrictEqual(scopes, held.scopes)) {
      try {
        return await leases.renew(held.lease, remainingMs, slots, context);
      } catch (reason) {
        // A plugin that was restarted may know nothing of its leases; one that was revoked is not got around.
        if (RatError.from(reason).code !== "not_found") throw reason;
      }
    }
    return leases.issue(
      {
        provider: config.provider,
        object: objectOf(run),
        access: "write",
        // The widest that may be written: what a plugin gives that knows no scopes.
        resource: scopes.find(({ access }) => access === "write")?.resource ?? "",
        scopes,
        namespace: run.namespace,
        who: creatorOf(run),
        principal: undefined,
        run: { id: run.id, remainingMs },
      },
      slots,
      context,
    );
  }

  /** The pipeline's own data, and as much of the namespace as the creator may reach. */
  async #scopes(run: OwnedRun, slots: SlotSnapshot, context: CallContext): Promise<readonly CloudScope[]> {
    const whole = { resourceType: "namespace", resourceId: run.namespace } as const;
    const [write, read] = await this.#deps.access.decideAll(
      creatorOf(run),
      [aboutNamespace("write", run.namespace), aboutNamespace("read", run.namespace)],
      slots,
      context,
    );
    if (write?.allowed === true) return [this.#places.scopeOf(whole, "write")];
    const own = this.#places.scopeOf(objectOf(run), "write");
    return read?.allowed === true ? [own, this.#places.scopeOf(whole, "read")] : [own];
  }
}

function objectOf({ namespace, layer, pipeline }: OwnedRun): CloudObject {
  return { resourceType: "pipeline", resourceId: pipelineId({ namespace, layer, name: pipeline }) };
}
