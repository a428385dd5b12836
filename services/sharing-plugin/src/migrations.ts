/** One change of the tables. Only ever appended, never edited: databases out there have it. */
export interface Migration {
  readonly name: string;
  /** SQL in which `@schema` stands for the plugin's schema. */
  readonly sql: string;
}

/** The changes of the tables, oldest first. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: "0001_shares",
    sql: `
      -- One row for each grant that was ever given. The current row of a resource and grantee is the one that stands;
      -- rows that are not current were taken back, or had run out when a new grant took their place.
      CREATE TABLE @schema.shares (
        seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        grant_id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
        resource_type text NOT NULL,
        resource_id text NOT NULL,
        grantee_type text NOT NULL CHECK (grantee_type IN ('user', 'role')),
        grantee_id text NOT NULL,
        permission text NOT NULL CHECK (permission IN ('read', 'write', 'admin')),
        granted_by text NOT NULL,
        granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz,
        revoked_by text,
        revoked_at timestamptz,
        current boolean NOT NULL DEFAULT true,
        CHECK (revoked_at IS NULL OR NOT current)
      );
      CREATE UNIQUE INDEX shares_one_current
        ON @schema.shares (resource_type, resource_id, grantee_type, grantee_id) WHERE current;
      CREATE INDEX shares_of_resource ON @schema.shares (resource_type, resource_id, seq);
      CREATE INDEX shares_of_grantee ON @schema.shares (grantee_type, grantee_id, seq) WHERE current;
      CREATE INDEX shares_by_end ON @schema.shares (LEAST(revoked_at, expires_at));

      -- Owners, as far as transfers told of them, and the owner before: a repeated transfer is known by both.
      CREATE TABLE @schema.owners (
        resource_type text NOT NULL,
        resource_id text NOT NULL,
        owner_id text NOT NULL,
        previous_owner_id text NOT NULL,
        transferred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (resource_type, resource_id)
      );

      -- What an enforcement plugin may read: grants in force by the clock of this database.
      CREATE VIEW @schema.access_grants AS
        SELECT grant_id, resource_type, resource_id, grantee_type, grantee_id, permission, granted_by, granted_at,
               expires_at
        FROM @schema.shares
        WHERE current AND (expires_at IS NULL OR expires_at > now());

      -- The number of the last change. Its row is locked from a change to its commit, so numbers become visible in
      -- the order of their commits.
      CREATE TABLE @schema.revision (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        value bigint NOT NULL
      );
      INSERT INTO @schema.revision (value) VALUES (1);

      CREATE FUNCTION @schema.count_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE @schema.revision SET value = value + 1;
        -- Delivered at the commit, once for each transaction.
        PERFORM pg_notify(TG_TABLE_SCHEMA || '_changed', '');
        RETURN NULL;
      END $$;
      CREATE TRIGGER share_given AFTER INSERT ON @schema.shares
        FOR EACH ROW EXECUTE FUNCTION @schema.count_change();
      CREATE TRIGGER share_changed AFTER UPDATE ON @schema.shares
        FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION @schema.count_change();
      -- A row that is not current gave nothing: clearing the history changes no decision.
      CREATE TRIGGER share_deleted AFTER DELETE ON @schema.shares
        FOR EACH ROW WHEN (OLD.current) EXECUTE FUNCTION @schema.count_change();
      CREATE TRIGGER shares_truncated AFTER TRUNCATE ON @schema.shares
        FOR EACH STATEMENT EXECUTE FUNCTION @schema.count_change();
      CREATE TRIGGER owner_changed AFTER INSERT OR UPDATE OR DELETE ON @schema.owners
        FOR EACH ROW EXECUTE FUNCTION @schema.count_change();
    `,
  },
];
