-- Runs: where each stands, and its present attempt. Ended attempts go to run_attempts.
-- A run is owned by one ratd at a time, by a lease. Each change of owner raises the epoch, and every later write names
-- the epoch that it was made under: 0 rows changed means that the writer is no longer the owner. All times are those of
-- the database.
CREATE SEQUENCE run_numbers MAXVALUE 1048575 CYCLE;

-- A run id: in the order of creation, and not to be guessed. Milliseconds, a counter and chance, all in hexadecimal.
CREATE FUNCTION new_run_id() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
      || lpad(to_hex(nextval('run_numbers')), 5, '0') || right(replace(gen_random_uuid()::text, '-', ''), 9)
$$;

CREATE TABLE runs (
  id                  text PRIMARY KEY DEFAULT new_run_id(),
  namespace           text NOT NULL,
  layer               text NOT NULL,
  pipeline            text NOT NULL,
  pipeline_id         bigint NOT NULL,
  version             integer NOT NULL,
  kind                text NOT NULL,
  state               text NOT NULL DEFAULT 'pending'
                      CHECK (state IN ('pending', 'running', 'success', 'failed', 'cancelled')),
  isolation           text NOT NULL,
  priority            smallint NOT NULL,
  trigger             text NOT NULL CHECK (trigger IN ('manual', 'retry', 'cron', 'webhook', 'upstream', 'event')),
  trigger_id          text,
  -- What makes a fire of the trigger unique: a time, a delivery, the run before.
  fire_key            text,
  retry_of            text,
  -- Length of the chain of upstream triggers behind it.
  depth               smallint NOT NULL DEFAULT 0,
  env                 jsonb NOT NULL DEFAULT '{}',
  created_by          text NOT NULL,
  identified          boolean NOT NULL,
  timeout_seconds     integer NOT NULL,
  max_attempts        integer NOT NULL,
  retry_on_failure    boolean NOT NULL,
  not_before          timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempt             integer NOT NULL DEFAULT 0,
  epoch               bigint NOT NULL DEFAULT 0,
  owner               text,
  lease_until         timestamptz,
  -- Who has, or had, the attempt.
  executor            text,
  cancel_requested_at timestamptz,
  -- Why it waits, or why it ended so.
  reason              text NOT NULL DEFAULT '',
  exit_code           integer,
  rows_written        bigint,
  result              jsonb,
  created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at          timestamptz,
  finished_at         timestamptz,
  CHECK ((owner IS NULL) = (lease_until IS NULL)),
  CHECK (owner IS NULL OR finished_at IS NULL)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- The queue: what may be claimed.
CREATE INDEX runs_queue ON runs (isolation, namespace, priority DESC, id) WHERE state = 'pending' AND owner IS NULL;
-- What has an owner: counted for the limits, searched for lapsed leases.
CREATE INDEX runs_owned ON runs (executor, namespace, pipeline_id) WHERE owner IS NOT NULL;
CREATE INDEX runs_open ON runs (state, id) WHERE state IN ('pending', 'running');
-- A fire starts one run, whoever fires.
CREATE UNIQUE INDEX runs_fired ON runs (trigger_id, fire_key) WHERE trigger_id IS NOT NULL;

CREATE FUNCTION refuse_run_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'run % has ended as %, or its epoch would fall', OLD.id, OLD.state USING ERRCODE = 'check_violation';
END
$$;

CREATE TRIGGER runs_final BEFORE UPDATE ON runs FOR EACH ROW
  WHEN (OLD.state IN ('success', 'failed', 'cancelled') OR NEW.epoch < OLD.epoch)
  EXECUTE FUNCTION refuse_run_change();

-- Attempts that have ended, one row each.
CREATE TABLE run_attempts (
  run_id      text NOT NULL,
  attempt     integer NOT NULL,
  epoch       bigint NOT NULL,
  executor    text,
  -- lost: nobody knows how it ended, or its executor forgot it.
  state       text NOT NULL CHECK (state IN ('success', 'failed', 'cancelled', 'lost')),
  error       text NOT NULL,
  exit_code   integer,
  started_at  timestamptz,
  finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (run_id, attempt)
);

-- Output of runs, in batches of lines. An entry is [milliseconds since 1970, level, message].
CREATE TABLE run_logs (
  run_id      text NOT NULL,
  attempt     integer NOT NULL,
  first       bigint NOT NULL,
  lines       integer NOT NULL,
  -- Bytes of this attempt's messages up to and with this batch.
  total_bytes bigint NOT NULL,
  entries     jsonb NOT NULL,
  PRIMARY KEY (run_id, attempt, first)
) WITH (toast_tuple_target = 8160);

-- Which request made which run: a repeated request finds its run again.
CREATE TABLE run_requests (
  caller     text NOT NULL,
  key        text NOT NULL,
  body_hash  bytea NOT NULL,
  run_id     text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (caller, key)
);

CREATE INDEX run_requests_age ON run_requests (created_at);

-- Takes up to p_batch runs for one executor. Namespaces take turns, the one with the fewest runs under way first;
-- within a namespace priority counts, then age. Limits: p_places of the executor, of each namespace, of each pipeline.
CREATE FUNCTION claim_runs(
  p_owner text, p_lease interval, p_executor text, p_places integer, p_isolations text[],
  p_namespace_limit integer, p_batch integer
) RETURNS SETOF runs LANGUAGE plpgsql
-- Compiling the statement would cost more than running it.
SET jit = off
-- The queue is read in the order of its index, whatever the statistics say of a table that has just grown.
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
-- Planned once for each connection: planning takes longer than a claim.
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  room integer;
BEGIN
  -- One claim at a time, whatever the number of ratd, so that what is counted still holds when it is taken. The lock
  -- ends with the transaction; each statement below sees what was committed before it.
  PERFORM pg_advisory_xact_lock(7280002);
  SELECT least(p_batch, p_places - count(*)) INTO room FROM runs WHERE owner IS NOT NULL AND executor = p_executor;
  IF room <= 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH RECURSIVE waiting AS (
    SELECT i.isolation, (SELECT r.namespace FROM runs r
                          WHERE r.state = 'pending' AND r.owner IS NULL AND r.isolation = i.isolation
                          ORDER BY r.namespace LIMIT 1) AS namespace
      FROM unnest(p_isolations) AS i (isolation)
    UNION ALL
    SELECT w.isolation, (SELECT r.namespace FROM runs r
                          WHERE r.state = 'pending' AND r.owner IS NULL AND r.isolation = w.isolation
                            AND r.namespace > w.namespace
                          ORDER BY r.namespace LIMIT 1)
      FROM waiting w WHERE w.namespace IS NOT NULL
  ), busy AS MATERIALIZED (
    SELECT r.namespace, r.pipeline_id, count(*) AS runs FROM runs r WHERE r.owner IS NOT NULL
     GROUP BY r.namespace, r.pipeline_id
  ), places AS MATERIALIZED (
    SELECT w.isolation, n.name AS namespace, coalesce(b.runs, 0) AS busy,
           least(room, coalesce(n.max_running, p_namespace_limit) - coalesce(b.runs, 0)) AS free
      FROM waiting w
      JOIN namespaces n ON n.name = w.namespace
      LEFT JOIN (SELECT namespace, sum(runs) AS runs FROM busy GROUP BY namespace) b ON b.namespace = n.name
  ), full_pipelines AS MATERIALIZED (
    SELECT p.id FROM busy b JOIN pipelines p ON p.id = b.pipeline_id WHERE b.runs >= p.max_running
  ), candidates AS MATERIALIZED (
    SELECT c.id, c.pipeline_id, c.priority, p.namespace, p.busy, p.free
      FROM places p
     CROSS JOIN LATERAL (
       SELECT r.id, r.pipeline_id, r.priority FROM runs r
        WHERE r.state = 'pending' AND r.owner IS NULL AND r.isolation = p.isolation AND r.namespace = p.namespace
          AND r.not_before <= clock_timestamp()
          AND NOT EXISTS (SELECT 1 FROM full_pipelines f WHERE f.id = r.pipeline_id)
        ORDER BY r.priority DESC, r.id
        LIMIT greatest(p.free, 0)
          FOR UPDATE OF r SKIP LOCKED) c
  ), turns AS (
    SELECT c.*, row_number() OVER (PARTITION BY c.namespace ORDER BY c.priority DESC, c.id) AS turn,
           row_number() OVER (PARTITION BY c.pipeline_id ORDER BY c.priority DESC, c.id) AS pipeline_turn
      FROM candidates c
  ), chosen AS MATERIALIZED (
    SELECT t.id FROM turns t
      JOIN pipelines p ON p.id = t.pipeline_id
      LEFT JOIN (SELECT b.pipeline_id, sum(b.runs) AS runs FROM busy b GROUP BY b.pipeline_id) b
        ON b.pipeline_id = t.pipeline_id
     WHERE t.turn <= t.free
       AND (p.max_running IS NULL OR t.pipeline_turn <= p.max_running - coalesce(b.runs, 0))
     ORDER BY t.busy + t.turn, t.priority DESC, t.id
     LIMIT room
  )
  UPDATE runs r
     SET owner = p_owner, executor = p_executor, epoch = r.epoch + 1, attempt = r.attempt + 1,
         lease_until = clock_timestamp() + p_lease, reason = ''
    FROM chosen c WHERE r.id = c.id
  RETURNING r.*;
END
$$;

-- Takes over runs whose owner let the lease lapse. The attempt goes on; only the epoch rises. A ratd takes those of the
-- executors that it can reach; the others are left to ratd that can, until p_grace has passed.
CREATE FUNCTION adopt_runs(p_owner text, p_lease interval, p_executors text[], p_grace interval, p_batch integer)
RETURNS SETOF runs LANGUAGE sql AS $$
  WITH orphans AS MATERIALIZED (
    SELECT id FROM runs
     WHERE owner IS NOT NULL AND lease_until < clock_timestamp()
       AND (executor = ANY (p_executors) OR lease_until < clock_timestamp() - p_grace)
     LIMIT p_batch FOR UPDATE SKIP LOCKED
  )
  UPDATE runs r SET owner = p_owner, epoch = r.epoch + 1, lease_until = clock_timestamp() + p_lease
    FROM orphans o WHERE r.id = o.id
  RETURNING r.*
$$;

-- Prolongs leases. What is not returned belongs to somebody else by now, or has ended.
CREATE FUNCTION renew_runs(p_ids text[], p_epochs bigint[], p_lease interval)
RETURNS TABLE (id text, cancel boolean) LANGUAGE sql AS $$
  UPDATE runs r SET lease_until = clock_timestamp() + p_lease
    FROM unnest(p_ids, p_epochs) AS mine (id, epoch)
   WHERE r.id = mine.id AND r.epoch = mine.epoch AND r.owner IS NOT NULL
  RETURNING r.id, r.cancel_requested_at IS NOT NULL
$$;

-- Gives runs back that their executor refused before anything had started: the attempt does not count.
CREATE FUNCTION release_runs(p_ids text[], p_epochs bigint[], p_delays interval[], p_reasons text[])
RETURNS SETOF text LANGUAGE sql AS $$
  UPDATE runs r
     SET owner = NULL, lease_until = NULL, executor = NULL, attempt = r.attempt - 1,
         not_before = clock_timestamp() + mine.delay, reason = mine.reason
    FROM unnest(p_ids, p_epochs, p_delays, p_reasons) AS mine (id, epoch, delay, reason)
   WHERE r.id = mine.id AND r.epoch = mine.epoch AND r.owner IS NOT NULL AND r.state = 'pending'
  RETURNING r.id
$$;

-- Marks runs as started.
CREATE FUNCTION start_runs(p_ids text[], p_epochs bigint[])
RETURNS SETOF text LANGUAGE sql AS $$
  UPDATE runs r SET state = 'running', started_at = clock_timestamp()
    FROM unnest(p_ids, p_epochs) AS mine (id, epoch)
   WHERE r.id = mine.id AND r.epoch = mine.epoch AND r.owner IS NOT NULL AND r.state = 'pending'
  RETURNING r.id
$$;

-- Ends attempts. An attempt that was lost, or failed where that is to be retried, gives its run another one while there
-- are any left and nobody asked to cancel; else the run ends. An attempt that was abandoned may still be under way
-- somewhere, and one that was refused would be refused again: their runs fail. The success of a run fires the triggers behind it in the
-- same transaction. Returns the state that each run has now.
CREATE FUNCTION finish_runs(
  p_ids text[], p_epochs bigint[], p_outcomes text[], p_errors text[], p_exit_codes integer[], p_rows bigint[],
  p_results jsonb[]
) RETURNS TABLE (id text, state text) LANGUAGE plpgsql SET jit = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH mine AS (
    SELECT DISTINCT ON (m.id, m.epoch) * FROM unnest(p_ids, p_epochs, p_outcomes, p_errors, p_exit_codes, p_rows, p_results)
                  AS m (id, epoch, outcome, error, exit_code, row_count, result)
  ), owned AS MATERIALIZED (
    SELECT r.id, r.attempt, r.epoch, r.executor, r.started_at, m.outcome, m.error, m.exit_code, m.row_count, m.result,
           CASE WHEN m.outcome = 'success' THEN 'success'
                WHEN m.outcome IN ('abandoned', 'refused') THEN 'failed'
                WHEN m.outcome = 'cancelled' OR r.cancel_requested_at IS NOT NULL THEN 'cancelled'
                WHEN r.attempt < r.max_attempts AND (m.outcome = 'lost' OR r.retry_on_failure) THEN 'pending'
                ELSE 'failed' END AS next
      FROM mine m JOIN runs r ON r.id = m.id AND r.epoch = m.epoch
     WHERE r.owner IS NOT NULL
       FOR UPDATE OF r
  ), ended AS (
    INSERT INTO run_attempts (run_id, attempt, epoch, executor, state, error, exit_code, started_at)
    SELECT o.id, o.attempt, o.epoch, o.executor, 
           CASE o.outcome WHEN 'abandoned' THEN 'lost' WHEN 'refused' THEN 'failed' ELSE o.outcome END, o.error, o.exit_code, o.started_at FROM owned o
    ON CONFLICT DO NOTHING
  ), changed AS (
    UPDATE runs r
       SET state = o.next, owner = NULL, lease_until = NULL,
           reason = CASE WHEN o.next = 'success' THEN ''
                         WHEN o.next = 'pending'
                         THEN format('attempt %s of %s %s: %s', o.attempt, r.max_attempts, o.outcome, o.error)
                         WHEN o.next = 'failed' AND r.max_attempts > 1 AND r.attempt >= r.max_attempts
                              AND (o.outcome = 'lost' OR r.retry_on_failure)
                         THEN format('gave up after %s attempts: %s', o.attempt, o.error)
                         ELSE o.error END,
           exit_code = o.exit_code, rows_written = o.row_count, result = o.result,
           started_at = CASE WHEN o.next = 'pending' THEN NULL
                             WHEN o.next = 'success' THEN coalesce(r.started_at, clock_timestamp())
                             ELSE r.started_at END,
           finished_at = CASE WHEN o.next = 'pending' THEN NULL ELSE clock_timestamp() END,
           executor = CASE WHEN o.next = 'pending' THEN NULL ELSE r.executor END,
           not_before = CASE WHEN o.next = 'pending'
                             THEN clock_timestamp() + least(power(2, o.attempt), 300) * interval '1 second'
                             ELSE r.not_before END
      FROM owned o WHERE r.id = o.id
    RETURNING r.*
  ), fired AS (
    INSERT INTO runs (namespace, layer, pipeline, pipeline_id, version, kind, isolation, priority, trigger,
                      trigger_id, fire_key, depth, created_by, identified, timeout_seconds, max_attempts,
                      retry_on_failure)
    SELECT p.namespace, p.layer, p.name, p.id, v.version, v.kind, v.isolation, v.priority, 'upstream', t.id, c.id,
           c.depth + 1, t.created_by, t.identified, v.timeout_seconds, v.max_attempts, v.retry_on_failure
      FROM changed c
      JOIN triggers t ON t.kind = 'upstream' AND t.upstream_pipeline_id = c.pipeline_id AND NOT t.paused
      JOIN pipelines p ON p.id = t.pipeline_id AND p.deleted_at IS NULL
      JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.published_version
     WHERE c.state = 'success' AND c.depth < 100
    ON CONFLICT DO NOTHING
    RETURNING id, trigger_id
  ), told AS (
    UPDATE triggers t SET last_fired_at = clock_timestamp(), last_run_id = f.id, last_error = ''
      FROM (SELECT trigger_id, max(id) AS id FROM fired GROUP BY trigger_id) f WHERE t.id = f.trigger_id
  )
  SELECT c.id, c.state FROM changed c;
END
$$;

-- Appends output of one attempt and answers the number of the next line; NULL when p_epoch is not that of the run.
-- Lines that are known already are left out.
CREATE FUNCTION append_run_logs(
  p_run text, p_attempt integer, p_epoch bigint, p_first bigint, p_entries jsonb, p_bytes integer, p_limit bigint
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  known  bigint := 0;
  bytes  bigint := 0;
  count  integer := jsonb_array_length(p_entries);
  fresh  jsonb := p_entries;
  start  bigint := p_first;
BEGIN
  PERFORM 1 FROM runs WHERE id = p_run AND attempt = p_attempt AND epoch = p_epoch;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  -- Two writers of one attempt's output take turns.
  PERFORM pg_advisory_xact_lock(7280003, hashtext(p_run));
  SELECT first + lines, total_bytes INTO known, bytes FROM run_logs
   WHERE run_id = p_run AND attempt = p_attempt ORDER BY first DESC LIMIT 1;
  known := coalesce(known, 0);
  bytes := coalesce(bytes, 0);
  IF p_first + count <= known THEN
    RETURN known;
  END IF;
  IF p_first < known THEN
    SELECT jsonb_agg(e.value ORDER BY e.ordinality) INTO fresh
      FROM jsonb_array_elements(p_entries) WITH ORDINALITY AS e WHERE e.ordinality > known - p_first;
    start := known;
    count := jsonb_array_length(fresh);
  END IF;
  IF bytes >= p_limit THEN
    RETURN start + count;
  END IF;
  INSERT INTO run_logs (run_id, attempt, first, lines, total_bytes, entries)
  VALUES (p_run, p_attempt, start, count, bytes + p_bytes, fresh);
  RETURN start + count;
END
$$;

-- Starts the run of a trigger's fire: the published version, in the name of the trigger's maker. Answers the run; NULL
-- when this fire had started its run before, when the pipeline is gone, or when no version of it is published.
CREATE FUNCTION fire_trigger(p_trigger text, p_fire_key text, p_env jsonb)
RETURNS text LANGUAGE sql AS $$
  WITH fired AS (
    INSERT INTO runs (namespace, layer, pipeline, pipeline_id, version, kind, isolation, priority, trigger, trigger_id,
                      fire_key, env, created_by, identified, timeout_seconds, max_attempts, retry_on_failure)
    SELECT p.namespace, p.layer, p.name, p.id, v.version, v.kind, v.isolation, v.priority, t.kind, t.id, p_fire_key,
           p_env, t.created_by, t.identified, v.timeout_seconds, v.max_attempts, v.retry_on_failure
      FROM triggers t
      JOIN pipelines p ON p.id = t.pipeline_id AND p.deleted_at IS NULL
      JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.published_version
     WHERE t.id = p_trigger
    ON CONFLICT DO NOTHING
    RETURNING id
  ), told AS (
    UPDATE triggers t SET last_fired_at = clock_timestamp(), last_run_id = f.id, last_error = ''
      FROM fired f WHERE t.id = p_trigger
  )
  SELECT id FROM fired
$$;
