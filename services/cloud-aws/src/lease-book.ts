import type { S3Scope } from "./s3-scope.ts";

/** What a lease was given for: enough to assume the role once more. */
export interface Lease {
  readonly userId: string;
  readonly namespace: string;
  readonly scopes: readonly S3Scope[];
  /** How long the lease is remembered: somewhat beyond its credentials, milliseconds since 1970. */
  readonly until: number;
}

/** Leases that are remembered at once; the oldest goes first. */
const MAX_LEASES = 50_000;

/** The leases of this process. A restart forgets them: ratd then asks for new credentials. */
export class LeaseBook {
  readonly #leases = new Map<string, Lease>();

  set(id: string, lease: Lease): void {
    this.#leases.delete(id);
    this.#leases.set(id, lease);
    const [oldest] = this.#leases.keys();
    if (this.#leases.size > MAX_LEASES && oldest !== undefined) this.#leases.delete(oldest);
  }

  /** The lease, while its credentials live or have just ended. */
  get(id: string, now: number): Lease | undefined {
    const lease = this.#leases.get(id);
    if (lease === undefined || lease.until > now) return lease;
    this.#leases.delete(id);
    return undefined;
  }
}
