import { RatError } from "../errors.ts";
import type { Database } from "../platform/database/database.ts";
import type { Schema } from "../schema/schema.ts";
import type { CloudAccess, CloudProvider, CloudScope } from "../slots/cloud/cloud.ts";

/** Where a lease stands. `issuing` for longer than a minute: nobody got the credentials. */
export const LEASE_STATES = ["issuing", "active", "expired", "failed", "revoked"] as const;
export type LeaseState = (typeof LEASE_STATES)[number];

/** Credentials that somebody has, without the secret. */
export interface Lease {
  readonly id: string;
  readonly state: LeaseState;
  readonly userId: string;
  readonly roles: readonly string[];
  /** Null for a person. */
  readonly runId: string | null;
  readonly provider: CloudProvider;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly access: CloudAccess;
  readonly scopes: readonly CloudScope[];
  readonly plugin: string;
  /** The plugin's handle; empty without one. */
  readonly pluginLease: string;
  readonly renewable: boolean;
  readonly revocable: boolean;
  readonly issuedAt: Date;
  readonly renewedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
  readonly reason: string;
}

/** A lease to write down. */
export type NewLease = Pick<
  Lease,
  | "id"
  | "userId"
  | "roles"
  | "runId"
  | "provider"
  | "resourceType"
  | "resourceId"
  | "access"
  | "scopes"
  | "plugin"
>;

/** Which leases a list holds; undefined does not filter. */
export interface LeaseFilter {
  readonly userId: string | undefined;
  readonly state: LeaseState | undefined;
  readonly runId: string | undefined;
}

const STATE = `CASE WHEN state = 'active' AND expires_at <= clock_timestamp() THEN 'expired'
  WHEN state = 'issuing' AND issued_at < clock_timestamp() - interval '1 minute' THEN 'failed' ELSE state END`;
const COLUMNS = `id, ${STATE} AS state, user_id AS "userId", roles, run_id AS "runId", provider,
  resource_type AS "resourceType", resource_id AS "resourceId", access, scopes, plugin, plugin_lease AS "pluginLease",
  renewable, revocable, issued_at AS "issuedAt", renewed_at AS "renewedAt", expires_at AS "expiresAt",
  revoked_at AS "revokedAt", revoked_by AS "revokedBy", reason`;
/** How long ended leases are kept. */
const KEPT = "90 days";

/** Leases in PostgreSQL. */
export class LeaseStore {
  readonly #database: Database;
  readonly #schema: Schema;

  constructor(deps: { readonly database: Database; readonly schema: Schema }) {
    this.#database = deps.database;
    this.#schema = deps.schema;
  }

  /** Writes down a lease before its credentials exist. @throws RatError database_unavailable */
  async begin(lease: NewLease): Promise<void> {
    await this.#schema.ready();
    await this.#database.query(
      `INSERT INTO credential_leases (id, state, user_id, roles, run_id, provider, resource_type, resource_id, access, scopes,
                                      plugin)
       VALUES ($1, 'issuing', $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        lease.id,
        lease.userId,
        lease.roles,
        lease.runId,
        lease.provider,
        lease.resourceType,
        lease.resourceId,
        lease.access,
        JSON.stringify(lease.scopes),
        lease.plugin,
      ],
    );
  }

  /** The credentials exist, and are about to leave. @throws RatError database_unavailable, conflict */
  async activate(
    id: string,
    facts: Pick<Lease, "pluginLease" | "renewable" | "revocable"> & { readonly expiresAt: Date },
  ): Promise<Lease> {
    const [lease] = await this.#database.query<Lease>(
      `UPDATE credential_leases SET state = 'active', plugin_lease = $2, renewable = $3, revocable = $4, expires_at = $5
        WHERE id = $1 AND state = 'issuing' RETURNING ${COLUMNS}`,
      [id, facts.pluginLease, facts.renewable, facts.revocable, facts.expiresAt],
    );
    if (lease === undefined) throw new RatError("conflict", `Lease ${id} is no longer being issued.`);
    return lease;
  }

  /** There are no credentials after all. */
  async fail(id: string, reason: string): Promise<void> {
    await this.#database.query(
      "UPDATE credential_leases SET state = 'failed', reason = $2 WHERE id = $1 AND state = 'issuing'",
      [id, reason],
    );
  }

  /** The credentials were renewed. @throws RatError conflict for a lease that has ended meanwhile */
  async renew(id: string, expiresAt: Date): Promise<Lease> {
    const [lease] = await this.#database.query<Lease>(
      `UPDATE credential_leases SET expires_at = $2, renewed_at = clock_timestamp()
        WHERE id = $1 AND state = 'active' RETURNING ${COLUMNS}`,
      [id, expiresAt],
    );
    if (lease === undefined) throw new RatError("conflict", `Lease ${id} was revoked.`);
    return lease;
  }

  /** Ends a lease; undefined when it had ended. */
  async revoke(id: string, by: string, reason: string): Promise<Lease | undefined> {
    const [lease] = await this.#database.query<Lease>(
      `UPDATE credential_leases SET state = 'revoked', revoked_at = clock_timestamp(), revoked_by = $2, reason = $3
        WHERE id = $1 AND state = 'active' AND expires_at > clock_timestamp() RETURNING ${COLUMNS}`,
      [id, by, reason],
    );
    return lease;
  }

  /** @throws RatError not_found */
  async get(id: string): Promise<Lease> {
    await this.#schema.ready();
    const [lease] = await this.#database.query<Lease>(
      `SELECT ${COLUMNS} FROM credential_leases WHERE id = $1`,
      [id],
    );
    if (lease === undefined) throw new RatError("not_found", `There is no lease "${id}".`);
    return lease;
  }

  /** Newest first, from the lease after `after` on. */
  async list(filter: LeaseFilter, after: string | undefined, limit: number): Promise<readonly Lease[]> {
    await this.#schema.ready();
    return this.#database.query<Lease>(
      `SELECT * FROM (SELECT ${COLUMNS} FROM credential_leases
                       WHERE ($1::text IS NULL OR user_id = $1) AND ($2::text IS NULL OR run_id = $2)
                         AND ($3::text IS NULL OR id < $3)) AS l
        WHERE $4::text IS NULL OR state = $4
        ORDER BY id DESC LIMIT $5`,
      [filter.userId ?? null, filter.runId ?? null, after ?? null, filter.state ?? null, limit],
    );
  }

  /** Leases in force, oldest first. */
  async inForce(limit: number): Promise<readonly Lease[]> {
    await this.#schema.ready();
    return this.#database.query<Lease>(
      `SELECT ${COLUMNS} FROM credential_leases
        WHERE state = 'active' AND expires_at > clock_timestamp() ORDER BY id LIMIT $1`,
      [limit],
    );
  }

  /** Leases in force of runs that are over, or wait in the queue again; in no order. */
  async ofEndedRuns(limit: number): Promise<readonly Pick<Lease, "id">[]> {
    await this.#schema.ready();
    return this.#database.query(
      `SELECT l.id FROM credential_leases l LEFT JOIN runs r ON r.id = l.run_id
        WHERE l.state = 'active' AND l.expires_at > clock_timestamp() AND l.run_id IS NOT NULL
          AND (r.id IS NULL OR r.finished_at IS NOT NULL OR r.owner IS NULL)
        ORDER BY random() LIMIT $1`,
      [limit],
    );
  }

  /** Writes down that nobody got what has been issued for longer than a minute. */
  async failStuck(): Promise<void> {
    await this.#schema.ready();
    await this.#database.query(
      `UPDATE credential_leases SET state = 'failed', reason = 'ratd ended before the credentials left it'
        WHERE state = 'issuing' AND issued_at < clock_timestamp() - interval '1 minute'`,
    );
  }

  /** Forgets leases that ended long ago. */
  async clean(): Promise<void> {
    await this.#database.query(
      "DELETE FROM credential_leases WHERE coalesce(expires_at, issued_at) < clock_timestamp() - $1::interval",
      [KEPT],
    );
  }
}
