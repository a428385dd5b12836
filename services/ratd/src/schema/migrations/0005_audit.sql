-- Who did what: append-only. Each process of ratd is a writer with a chain of its own, so that several ratd need no
-- common lock; a row holds the hash of the row before.
CREATE TABLE audit_log (
  -- One start of one ratd; in the order of the starts.
  writer        text NOT NULL,
  -- From 1, without gaps.
  seq           bigint NOT NULL CHECK (seq > 0),
  -- When it happened, by the clock of the writer: it is part of the hash, which is made before the row is written.
  -- Milliseconds, so that nothing of it lies outside the hash. Never falls within a chain.
  at            timestamptz(3) NOT NULL,
  actor         text NOT NULL,
  auth_mode     text NOT NULL,
  key_id        text,
  action        text NOT NULL,
  object_type   text,
  object_id     text,
  result        text NOT NULL,
  status        integer,
  request_id    text,
  client        text,
  details       jsonb NOT NULL,
  -- That of the row before; 32 zero bytes in the first one.
  previous_hash bytea NOT NULL,
  -- SHA-256 of previous_hash and the canonical JSON of the columns above.
  hash          bytea NOT NULL,
  PRIMARY KEY (writer, seq)
);

CREATE INDEX audit_log_by_time ON audit_log (at DESC, writer DESC, seq DESC);
CREATE INDEX audit_log_by_actor ON audit_log (actor, at DESC);
CREATE INDEX audit_log_by_action ON audit_log (action text_pattern_ops, at DESC);
CREATE INDEX audit_log_by_object ON audit_log (object_type, object_id, at DESC);
CREATE INDEX audit_log_by_request ON audit_log (request_id) WHERE request_id IS NOT NULL;

-- How far a chain had come, sealed with a key that is not in the database.
CREATE TABLE audit_checkpoints (
  -- HMAC-SHA256 over the columns below.
  seal     bytea PRIMARY KEY,
  -- Names the key without telling it.
  key_id   text NOT NULL,
  writer   text NOT NULL,
  -- The last row that it covers; 0 opens the chain.
  seq      bigint NOT NULL CHECK (seq >= 0),
  hash     bytea NOT NULL,
  at       timestamptz(3) NOT NULL,
  -- Nothing follows in this chain.
  final    boolean NOT NULL,
  -- The checkpoint before under the same key, whatever its chain.
  previous bytea
);

CREATE INDEX audit_checkpoints_of_writer ON audit_checkpoints (writer, seq);
CREATE INDEX audit_checkpoints_of_key ON audit_checkpoints (key_id, at);

-- A bar to mistakes. Who owns the tables can take it away; the hashes and seals are what tells of that.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
