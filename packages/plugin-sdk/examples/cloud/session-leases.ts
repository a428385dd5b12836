import { PluginError, type CloudScope } from "@rat/plugin-sdk";

/** What somebody was given credentials for. */
export interface Session {
  readonly provider: string;
  readonly resource: string;
  readonly userId: string;
  readonly scopes: readonly CloudScope[];
  readonly leaseId: string;
}

/** Leases that are remembered at once; the oldest goes first. */
const MAX_LEASES = 10_000;

/** The leases of one process, in memory. */
export class SessionLeases {
  readonly #sessions = new Map<string, Session>();

  open(session: Session): void {
    this.#sessions.set(session.leaseId, session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_LEASES && oldest !== undefined) this.#sessions.delete(oldest);
  }

  /** @throws PluginError `not_found` for a lease that was revoked, or never given. */
  get(leaseId: string): Session {
    const session = this.#sessions.get(leaseId);
    if (session === undefined) throw new PluginError("not_found", "lease_id: is not known");
    return session;
  }

  /** Answers whether there was such a lease. */
  revoke(leaseId: string): boolean {
    return this.#sessions.delete(leaseId);
  }
}
