-- Namespaces keep the pipelines and files of a team apart.
CREATE TABLE namespaces (
  name        text PRIMARY KEY,
  description text NOT NULL DEFAULT '',
  owner       text NOT NULL,
  -- Runs at a time; NULL is the default of rat.yaml.
  max_running integer CHECK (max_running > 0),
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

INSERT INTO namespaces (name, description, owner) VALUES ('default', 'Where pipelines go that name no other.', 'rat');

-- A pipeline is its name; what it does stands in its versions.
CREATE TABLE pipelines (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  namespace         text NOT NULL REFERENCES namespaces (name),
  layer             text NOT NULL CHECK (layer IN ('bronze', 'silver', 'gold')),
  name              text NOT NULL,
  description       text NOT NULL DEFAULT '',
  owner             text NOT NULL,
  -- Runs at a time; NULL is no limit of its own.
  max_running       integer CHECK (max_running > 0),
  latest_version    integer NOT NULL,
  -- What runs use that name no version; NULL until one is published.
  published_version integer,
  created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The runs of a removed pipeline stay; its name may be taken anew.
  deleted_at        timestamptz
);

CREATE UNIQUE INDEX pipelines_by_name ON pipelines (namespace, layer, name) WHERE deleted_at IS NULL;

CREATE TABLE pipeline_versions (
  pipeline_id      bigint NOT NULL REFERENCES pipelines (id),
  version          integer NOT NULL,
  kind             text NOT NULL CHECK (kind IN ('sql', 'command')),
  spec             jsonb NOT NULL,
  isolation        text NOT NULL CHECK (isolation IN ('process', 'container')),
  timeout_seconds  integer NOT NULL CHECK (timeout_seconds > 0),
  max_attempts     integer NOT NULL CHECK (max_attempts > 0),
  retry_on_failure boolean NOT NULL,
  priority         smallint NOT NULL,
  message          text NOT NULL DEFAULT '',
  created_by       text NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (pipeline_id, version)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% rows never change', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END
$$;

CREATE TRIGGER pipeline_versions_immutable BEFORE UPDATE ON pipeline_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Which version was in force since when, and who decided it.
CREATE TABLE pipeline_publications (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pipeline_id bigint NOT NULL REFERENCES pipelines (id),
  version     integer NOT NULL,
  action      text NOT NULL CHECK (action IN ('publish', 'rollback')),
  by_user     text NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX pipeline_publications_newest ON pipeline_publications (pipeline_id, id DESC);

-- What starts runs without a person.
CREATE TABLE triggers (
  id                   text PRIMARY KEY,
  pipeline_id          bigint NOT NULL REFERENCES pipelines (id),
  kind                 text NOT NULL CHECK (kind IN ('cron', 'webhook', 'upstream', 'event')),
  config               jsonb NOT NULL,
  paused               boolean NOT NULL DEFAULT false,
  -- cron: the next fire, by the clock of the database; NULL when there is none.
  next_fire_at         timestamptz,
  -- upstream: the pipeline whose success fires.
  upstream_pipeline_id bigint REFERENCES pipelines (id),
  -- event: the type of the event that fires.
  event_type           text,
  -- webhook: SHA-256 of its token; the signing secret is derived from the generation.
  token_hash           bytea,
  generation           integer NOT NULL DEFAULT 1,
  last_fired_at        timestamptz,
  last_run_id          text,
  -- Why the last fire started nothing; empty when it did.
  last_error           text NOT NULL DEFAULT '',
  created_by           text NOT NULL,
  -- Whether an auth plugin identified the creator: its runs may receive credentials.
  identified           boolean NOT NULL,
  created_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at           timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX triggers_of_pipeline ON triggers (pipeline_id);
CREATE INDEX triggers_due ON triggers (next_fire_at) WHERE kind = 'cron' AND NOT paused;
CREATE INDEX triggers_upstream ON triggers (upstream_pipeline_id) WHERE kind = 'upstream';
CREATE INDEX triggers_event ON triggers (event_type) WHERE kind = 'event';

-- Keys that every ratd on this database shares: made by the first that needs one.
CREATE TABLE shared_keys (
  name text PRIMARY KEY,
  key  bytea NOT NULL
);
