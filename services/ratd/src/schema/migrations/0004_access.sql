-- API keys: who they stand for and what they may do. The secret itself is nowhere.
CREATE TABLE api_keys (
  id              text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
  name            text NOT NULL,
  -- The user in whose name it acts.
  user_id         text NOT NULL,
  roles           text[] NOT NULL DEFAULT '{}',
  scopes          text[] NOT NULL,
  -- SHA-256 of the secret; the one before it lives on until previous_until.
  hash            bytea NOT NULL,
  previous_hash   bytea,
  previous_until  timestamptz,
  created_by      text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- NULL never ends: the bootstrap key alone.
  expires_at      timestamptz,
  last_used_at    timestamptz,
  rotated_at      timestamptz,
  revoked_at      timestamptz,
  revoked_by      text,
  CHECK ((previous_hash IS NULL) = (previous_until IS NULL))
);

CREATE INDEX api_keys_of_user ON api_keys (user_id, id);

-- One row, one number: it rises with each change after which earlier identities or decisions may be wrong.
CREATE TABLE access_changes (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  number   bigint NOT NULL
);

INSERT INTO access_changes (number) VALUES (1);

-- The roles that the creator had: what a run may reach is decided anew when it starts, in the creator's name.
ALTER TABLE runs ADD COLUMN roles text[] NOT NULL DEFAULT '{}';
ALTER TABLE triggers ADD COLUMN roles text[] NOT NULL DEFAULT '{}';

-- Credentials that were given out: who has them, for what, until when. No secret is in here.
CREATE TABLE credential_leases (
  -- In the order of issue, and not to be guessed.
  id            text PRIMARY KEY,
  state         text NOT NULL CHECK (state IN ('issuing', 'active', 'failed', 'revoked')),
  user_id       text NOT NULL,
  roles         text[] NOT NULL,
  run_id        text,
  provider      text NOT NULL,
  resource_type text NOT NULL,
  resource_id   text NOT NULL,
  access        text NOT NULL CHECK (access IN ('read', 'write')),
  -- What the provider was told that they may do: [{"resource", "access"}].
  scopes        jsonb NOT NULL,
  plugin        text NOT NULL,
  -- The handle of the plugin; empty without one.
  plugin_lease  text NOT NULL DEFAULT '',
  renewable     boolean NOT NULL DEFAULT false,
  revocable     boolean NOT NULL DEFAULT false,
  issued_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  renewed_at    timestamptz,
  expires_at    timestamptz,
  revoked_at    timestamptz,
  revoked_by    text,
  -- Why it failed, or what revoking it could not do.
  reason        text NOT NULL DEFAULT '',
  CHECK (state <> 'active' OR expires_at IS NOT NULL)
);

CREATE INDEX credential_leases_in_force ON credential_leases (id) WHERE state = 'active';
CREATE INDEX credential_leases_of_user ON credential_leases (user_id, id DESC);
CREATE INDEX credential_leases_of_run ON credential_leases (run_id, id DESC) WHERE run_id IS NOT NULL;
