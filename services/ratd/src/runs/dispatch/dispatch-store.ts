import { Batcher } from "../../platform/batcher.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Layer } from "../../slots/executor/executor.ts";
import { attemptName, type Isolation, type Outcome, type RunState, type RunTrigger } from "../run.ts";

/** A run that this ratd has: what it needs to hand it over and to follow it. */
export interface OwnedRun {
  readonly id: string;
  readonly namespace: string;
  readonly layer: Layer;
  readonly pipeline: string;
  readonly pipelineId: string;
  readonly version: number;
  readonly kind: string;
  readonly state: RunState;
  readonly trigger: RunTrigger;
  readonly env: Readonly<Record<string, string>>;
  readonly createdBy: string;
  readonly identified: boolean;
  /** The roles of the creator; those of the trigger's owner for what a trigger started. */
  readonly roles: readonly string[];
  readonly attempt: number;
  readonly epoch: bigint;
  readonly executor: string;
  readonly cancelRequested: boolean;
  /** When the attempt must have ended, by the clock of the database. */
  readonly deadline: Date;
  /** Milliseconds until then. */
  readonly remainingMs: number;
}

/** What to claim, and for whom. */
export interface Claim {
  readonly executor: string;
  /** Runs that the executor may have at a time, whoever gave them. */
  readonly places: number;
  readonly isolations: readonly Isolation[];
  readonly namespaceLimit: number;
  readonly batch: number;
}

/** An attempt under its epoch: every write names both. */
export interface Fence {
  readonly id: string;
  readonly epoch: bigint;
}

/** The end of an attempt. */
export interface AttemptEnd extends Fence {
  readonly outcome: Outcome;
  readonly error: string;
  readonly exitCode: number | undefined;
  readonly rowsWritten: bigint | undefined;
  readonly result: Readonly<Record<string, unknown>> | undefined;
}

/** A run that its executor did not take. */
export interface Release extends Fence {
  readonly delayMs: number;
  readonly reason: string;
}

/** What a fenced write came to; `stale` when the epoch is no longer that of the run. */
export type Fenced<State> = State | "stale";

interface OwnedRow extends Omit<OwnedRun, "epoch"> {
  readonly epoch: string;
}

const OWNED = `r.id, r.namespace, r.layer, r.pipeline, r.pipeline_id AS "pipelineId", r.version, r.kind, r.state,
  r.trigger, r.env, r.created_by AS "createdBy", r.identified,
  coalesce((SELECT t.roles FROM triggers t WHERE t.id = r.trigger_id), r.roles) AS roles, r.attempt, r.epoch, r.executor,
  r.cancel_requested_at IS NOT NULL AS "cancelRequested", d.deadline,
  greatest(0, extract(epoch FROM d.deadline - clock_timestamp()) * 1000)::float8 AS "remainingMs"`;
const WITH_DEADLINE = `CROSS JOIN LATERAL (
  SELECT coalesce(r.started_at, clock_timestamp()) + r.timeout_seconds * interval '1 second' AS deadline) d`;

/** Writes that one statement takes at most. */
const BATCH = 500;

/**
 * The SQL of dispatch. Every write is fenced by the epoch of the attempt; all times are those of the database. Writes of
 * one kind that come together go in one statement.
 */
export class DispatchStore {
  readonly #database: Database;
  readonly #heartbeat: Queryable;
  readonly #owner: string;
  readonly #lease: string;
  readonly #starts: Batcher<Fence, Fenced<"running">>;
  readonly #ends: Batcher<AttemptEnd, Fenced<RunState>>;
  readonly #releases: Batcher<Release, Fenced<"pending">>;

  constructor(deps: {
    readonly database: Database;
    /** Connections of their own, so that a busy pool does not cost the run leases. */
    readonly heartbeat: Queryable;
    readonly owner: string;
    readonly leaseMs: number;
  }) {
    this.#database = deps.database;
    this.#heartbeat = deps.heartbeat;
    this.#owner = deps.owner;
    this.#lease = `${deps.leaseMs} milliseconds`;
    this.#starts = new Batcher((fences) => this.#start(fences), BATCH);
    this.#ends = new Batcher((ends) => this.#end(ends), BATCH);
    this.#releases = new Batcher((releases) => this.#release(releases), BATCH);
  }

  /** Takes runs from the queue for one executor. */
  async claim({ executor, places, isolations, namespaceLimit, batch }: Claim): Promise<readonly OwnedRun[]> {
    const rows = await this.#database.query<OwnedRow>(
      `SELECT ${OWNED} FROM claim_runs($1, $2::interval, $3, $4, $5, $6, $7) r ${WITH_DEADLINE}`,
      [this.#owner, this.#lease, executor, places, isolations, namespaceLimit, batch],
    );
    return rows.map(parseOwned);
  }

  /** Takes over runs of these executors whose owner is gone, and of any other after the grace. */
  async adopt(executors: readonly string[], graceMs: number, batch: number): Promise<readonly OwnedRun[]> {
    const rows = await this.#heartbeat.query<OwnedRow>(
      `SELECT ${OWNED} FROM adopt_runs($1, $2::interval, $3, $4::interval, $5) r ${WITH_DEADLINE}`,
      [this.#owner, this.#lease, executors, `${graceMs} milliseconds`, batch],
    );
    return rows.map(parseOwned);
  }

  /** Prolongs run leases; answers those that still hold, and whether they are to be cancelled. */
  async renew(fences: readonly Fence[]): Promise<ReadonlyMap<string, { readonly cancel: boolean }>> {
    const rows = await this.#heartbeat.query<{ id: string; cancel: boolean }>(
      "SELECT id, cancel FROM renew_runs($1, $2, $3::interval)",
      [...columns(fences), this.#lease],
    );
    return new Map(rows.map(({ id, cancel }) => [id, { cancel }]));
  }

  /** Lets run leases lapse at once: another replica may go on with these runs. */
  async yield(fences: readonly Fence[]): Promise<void> {
    await this.#heartbeat.query("SELECT id FROM renew_runs($1, $2, interval '0')", columns(fences));
  }

  /** Marks an attempt as started. */
  start(fence: Fence): Promise<Fenced<"running">> {
    return this.#starts.add(fence);
  }

  /** Ends an attempt; answers the state of its run, which is `pending` when another attempt follows. */
  end(end: AttemptEnd): Promise<Fenced<RunState>> {
    return this.#ends.add(end);
  }

  /** Puts a run back into the queue whose attempt has not started. */
  release(release: Release): Promise<Fenced<"pending">> {
    return this.#releases.add(release);
  }

  /** Whether an attempt has ended under this epoch: a repeated report is then no stale one. */
  async hasEnded({ id, epoch }: Fence, attempt: number): Promise<boolean> {
    const rows = await this.#database.query(
      "SELECT 1 FROM run_attempts WHERE run_id = $1 AND attempt = $2 AND epoch = $3",
      [id, attempt, epoch],
    );
    return rows.length > 0;
  }

  /** Whether the epochs are still those of their runs, and the runs have an owner. */
  async holding(fences: readonly Fence[]): Promise<ReadonlySet<string>> {
    const rows = await this.#database.query<{ id: string }>(
      `SELECT r.id FROM unnest($1::text[], $2::bigint[]) AS mine (id, epoch)
         JOIN runs r ON r.id = mine.id AND r.epoch = mine.epoch WHERE r.owner IS NOT NULL`,
      columns(fences),
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Of attempts that are alive at an executor: the names of those whose end is awaited. A higher epoch does not end an
   * attempt: it goes on under another owner, which the executor may not have heard of yet.
   */
  async goingOn(
    attempts: readonly { readonly id: string; readonly attempt: number }[],
  ): Promise<ReadonlySet<string>> {
    const rows = await this.#database.query<{ id: string; attempt: number }>(
      `SELECT r.id, has.attempt FROM unnest($1::text[], $2::int[]) AS has (id, attempt) JOIN runs r ON r.id = has.id
        WHERE r.finished_at IS NULL AND r.attempt <= has.attempt`,
      [attempts.map(({ id }) => id), attempts.map(({ attempt }) => attempt)],
    );
    return new Set(rows.map(({ id, attempt }) => attemptName(id, attempt)));
  }

  /** Of attempts that an executor has: those whose run has ended, or has gone on to another attempt. */
  async superseded(
    attempts: readonly { readonly id: string; readonly attempt: number }[],
  ): Promise<readonly { readonly id: string; readonly attempt: number }[]> {
    return this.#database.query(
      `SELECT r.id, has.attempt FROM unnest($1::text[], $2::int[]) AS has (id, attempt) JOIN runs r ON r.id = has.id
        WHERE r.finished_at IS NOT NULL OR r.attempt > has.attempt`,
      [attempts.map(({ id }) => id), attempts.map(({ attempt }) => attempt)],
    );
  }

  async #start(fences: readonly Fence[]): Promise<readonly Fenced<"running">[]> {
    const rows = await this.#database.query<{ id: string }>(
      "SELECT id FROM start_runs($1, $2) AS id",
      columns(fences),
    );
    const done = new Set(rows.map(({ id }) => id));
    const others = fences.filter(({ id }) => !done.has(id));
    // Those that had been started before.
    if (others.length > 0) for (const id of await this.holding(others)) done.add(id);
    return fences.map(({ id }) => (done.has(id) ? "running" : "stale"));
  }

  async #release(releases: readonly Release[]): Promise<readonly Fenced<"pending">[]> {
    const rows = await this.#database.query<{ id: string }>(
      "SELECT id FROM release_runs($1, $2, $3, $4) AS id",
      [
        ...columns(releases),
        releases.map(({ delayMs }) => `${Math.round(delayMs)} milliseconds`),
        releases.map(({ reason }) => reason),
      ],
    );
    const done = new Set(rows.map(({ id }) => id));
    return releases.map(({ id }) => (done.has(id) ? "pending" : "stale"));
  }

  async #end(ends: readonly AttemptEnd[]): Promise<readonly Fenced<RunState>[]> {
    const rows = await this.#database.query<{ id: string; state: RunState }>(
      "SELECT id, state FROM finish_runs($1, $2, $3, $4, $5, $6, $7)",
      [
        ...columns(ends),
        ends.map(({ outcome }) => outcome),
        ends.map(({ error }) => error),
        ends.map(({ exitCode }) => exitCode ?? null),
        ends.map(({ rowsWritten }) => rowsWritten ?? null),
        ends.map(({ result }) => (result === undefined ? null : storable(result))),
      ],
    );
    // Two reports of one attempt in one batch: the statement takes one of them, and both mean the same.
    const states = new Map(rows.map(({ id, state }) => [id, state]));
    return ends.map(({ id }) => states.get(id) ?? "stale");
  }
}

function columns(fences: readonly Fence[]): [string[], bigint[]] {
  return [fences.map(({ id }) => id), fences.map(({ epoch }) => epoch)];
}

/** JSON that jsonb takes: it knows no NUL. */
function storable(result: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(result).replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, "$1\\ufffd");
}

function parseOwned(row: OwnedRow): OwnedRun {
  return { ...row, epoch: BigInt(row.epoch) };
}
