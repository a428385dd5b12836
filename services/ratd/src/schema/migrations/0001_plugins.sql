-- The plugins that ratd knows, one row each, kept after they leave rat.yaml.
CREATE TABLE plugins (
  name          text PRIMARY KEY,
  slot          text NOT NULL,
  image         text NOT NULL,
  address       text NOT NULL,
  status        text NOT NULL CHECK (status IN ('healthy', 'degraded', 'down', 'unknown')),
  last_health   timestamptz,
  message       text NOT NULL,
  version       text,
  status_since  timestamptz NOT NULL,
  registered_at timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  removed_at    timestamptz
);

-- Changes of status, the newest thousand or so of each plugin.
CREATE TABLE plugin_health_events (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  plugin      text NOT NULL,
  from_status text NOT NULL,
  to_status   text NOT NULL,
  message     text NOT NULL,
  at          timestamptz NOT NULL,
  -- A batch whose commit got lost on the way back is written again: the second time changes nothing.
  UNIQUE (plugin, at)
);

CREATE INDEX plugin_health_events_newest ON plugin_health_events (plugin, id DESC);
