import { randomBytes } from "node:crypto";
import { Database, inSchema } from "@rat/plugin-postgres";
import type { AccessCheck, GranteeKind, LifecycleContext, SharePermission } from "@rat/plugin-sdk";
import type { EnforcementConfig } from "./config.ts";
import { keyOf } from "./grant-index.ts";
import { thingsOf, type GrantSource, type HeldGrant } from "./grant-source.ts";
import { RevisionFeed } from "./revision-feed.ts";

interface GrantRow {
  readonly grant_id: string;
  readonly resource_type: string;
  readonly resource_id: string;
  readonly grantee_type: GranteeKind;
  readonly grantee_id: string;
  readonly permission: SharePermission;
  readonly granted_by: string;
  readonly expires_at: Date | null;
  readonly valid_ms: number | null;
}

/** Reads grants from the view of the sharing plugin, and tells of changes. Resolves after the first look. */
export async function postgresGrants(
  url: string,
  { config, health, log, now }: LifecycleContext<EnforcementConfig>,
): Promise<GrantSource> {
  const database = new Database({
    url,
    name: "rat enforcement-plugin",
    maxConnections: config.pool_size,
    connectTimeoutMs: config.connect_timeout_ms,
    statementTimeoutMs: config.statement_timeout_ms,
  });
  let away = false;
  const feed = new RevisionFeed({
    url,
    schema: config.schema,
    connectTimeoutMs: config.connect_timeout_ms,
    // Of this process and these settings: decisions of others are not vouched for.
    prefix: randomBytes(4).toString("hex"),
    now: () => performance.now(),
    onRead: () => {
      if (away) log.info("the grants can be read again");
      away = false;
      health.healthy();
    },
    onTrouble: (error) => {
      if (!away) log.error({ err: error }, "the grants cannot be read");
      away = true;
      health.down(error instanceof Error ? error.message : String(error));
    },
  });
  await feed.first;
  const select = inSchema(
    config.schema,
    `SELECT grant_id, resource_type, resource_id, grantee_type, grantee_id, permission, granted_by, expires_at,
            (EXTRACT(EPOCH FROM expires_at - now()) * 1000)::float8 AS valid_ms
     FROM unnest($1::text[], $2::text[]) AS asked (resource_type, resource_id)
     JOIN @schema.access_grants USING (resource_type, resource_id)
     WHERE (grantee_type = 'user' AND grantee_id = ANY ($3::text[]))
        OR (grantee_type = 'role' AND grantee_id = ANY ($4::text[]))`,
  );
  return {
    async read(checks) {
      const { types, ids, users, roles } = questionOf(checks);
      const began = now().getTime();
      const rows = await database.query<GrantRow>(select, [types, ids, users, roles]);
      const elapsed = now().getTime() - began;
      return rows.map((row) => heldGrant(row, elapsed));
    },
    revisions: (signal) => feed.revisions(signal),
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** All people and things of some checks, each once. */
function questionOf(checks: readonly AccessCheck[]): Record<"types" | "ids" | "users" | "roles", string[]> {
  const things = new Map(checks.flatMap(thingsOf).map((thing) => [keyOf(thing), thing]));
  const named = [...things.values()].filter((thing) => isStorable(thing.resourceType + thing.resourceId));
  return {
    types: named.map(({ resourceType }) => resourceType),
    ids: named.map(({ resourceId }) => resourceId),
    users: [...new Set(checks.map(({ userId }) => userId))].filter(isStorable),
    roles: [...new Set(checks.flatMap(({ roles }) => roles))].filter(isStorable),
  };
}

/** PostgreSQL refuses a statement with such texts, so no grant has them: they match nothing. */
function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** `elapsed`: how long ago the database may have read, so how much less the grant has left. */
function heldGrant(row: GrantRow, elapsed: number): HeldGrant {
  return {
    grantId: row.grant_id,
    resourceType: row.resource_type,
    resourceId: row.resource_id,
    granteeType: row.grantee_type,
    granteeId: row.grantee_id,
    permission: row.permission,
    grantedBy: row.granted_by,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.valid_ms === null ? {} : { validForMs: Math.max(0, row.valid_ms - elapsed) }),
  };
}
