import { expect, test } from "vitest";
import { createManualClock } from "../../../../tests/support/manual-clock.ts";
import { RatError } from "../errors.ts";
import { createLogger, silentLogger } from "../platform/logger.ts";
import { createMetrics } from "../platform/metrics.ts";
import type { AuditFiles } from "./audit-files.ts";
import type { AuditEntry } from "./audit.ts";
import type { ChainedRecord } from "./audit-record.ts";
import { bareRecord, hashRecord, NO_HASH } from "./chain.ts";
import { CheckpointKeeper } from "./checkpoint-keeper.ts";
import { SealKey, type Checkpoint } from "./checkpoint.ts";
import { PostgresAuditor } from "./postgres-auditor.ts";

/** A table in memory that takes, loses and holds up what a test wants. */
class FakeTable {
  readonly rows = new Map<string, ChainedRecord>();
  readonly checkpoints_: Checkpoint[] = [];
  /** Statements so far. */
  statements = 0;
  fault: "none" | "refuses" | "takes and says it failed" | "hangs" = "none";
  #hanging: (() => void)[] = [];

  append = async (records: readonly ChainedRecord[]): Promise<void> => {
    this.statements += 1;
    if (this.fault === "hangs") await new Promise<void>((go) => this.#hanging.push(go));
    if (this.fault === "refuses") throw new RatError("database_unavailable", "away");
    for (const record of records) {
      const place = `${record.writer}/${record.seq}`;
      if (!this.rows.has(place)) this.rows.set(place, record);
    }
    if (this.fault === "takes and says it failed") throw new RatError("database_unavailable", "cut");
  };

  release(): void {
    this.fault = "none";
    for (const go of this.#hanging.splice(0)) go();
  }

  addCheckpoint = async (checkpoint: Checkpoint): Promise<void> => void this.checkpoints_.push(checkpoint);
  checkpoints = () => Promise.resolve(this.checkpoints_);
  last = (writer: string) =>
    Promise.resolve([...this.rows.values()].findLast((row) => row.writer === writer));
}

const KEY = new SealKey(new Uint8Array(32));

function setup(
  options: { readonly table?: FakeTable; readonly writer?: string; readonly maxWaiting?: number } = {},
) {
  const { table = new FakeTable(), writer = "w1", maxWaiting } = options;
  const clock = createManualClock();
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger("info", { write: (line) => void lines.push(JSON.parse(line)) });
  const metrics = createMetrics("0.0.0");
  const filed: Checkpoint[] = [];
  const files: AuditFiles = {
    key: KEY,
    append: (checkpoint) => Promise.resolve(void filed.push(checkpoint)),
    checkpoints: () => Promise.resolve(filed),
  };
  const told: number[] = [];
  const auditor = new PostgresAuditor({
    store: table,
    checkpoints: new CheckpointKeeper({ store: table, files, writer, clock, logger: silentLogger }),
    writer,
    clock,
    logger,
    metrics,
    onWritten: ({ seq }) => told.push(seq),
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
  });
  return { auditor, table, clock, lines, metrics, filed, told };
}

const entry = (action: string): AuditEntry => ({ action, result: "ok", actor: "alice", authMode: "plugin" });

/** Lets what is decided be carried out. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

function chainOf(table: FakeTable): readonly string[] {
  const rows = [...table.rows.values()].toSorted((a, b) => a.seq - b.seq);
  let previous = NO_HASH;
  for (const [n, row] of rows.entries()) {
    expect(row.seq).toBe(n + 1);
    expect(row.previous_hash).toBe(previous);
    expect(hashRecord(previous, bareRecord(row))).toBe(row.hash);
    previous = row.hash;
  }
  return rows.map(({ action }) => action);
}

test("writes what comes together in one statement, in order, and tells of each", async () => {
  const { auditor, table, told, lines } = setup();
  auditor.record(entry("a"));
  const demanded = auditor.demand(entry("b"));
  auditor.record(entry("c"));
  await demanded;
  expect(table.statements).toBe(1);
  expect(chainOf(table)).toEqual(["a", "b", "c"]);
  expect(told).toEqual([1, 2, 3]);
  expect(lines.filter(({ audit }) => audit === true).map(({ action }) => action)).toEqual(["a", "b", "c"]);
});

test("a demand is refused after two seconds, and no earlier, while the database hangs", async () => {
  const { auditor, table, clock } = setup();
  table.fault = "hangs";
  let refused: unknown;
  const demanded = auditor.demand(entry("keys.create")).catch((error: unknown) => (refused = error));
  await settle();
  clock.advance(1999);
  await settle();
  expect(refused).toBeUndefined();
  clock.advance(1);
  await demanded;
  expect(refused).toMatchObject({ code: "audit_unavailable" });
  table.release();
  await settle();
  // The attempt is in the log all the same.
  expect(chainOf(table)).toEqual(["keys.create"]);
  await auditor.demand(entry("keys.create"));
});

test("what was taken although it seemed lost is not written twice, and the chain does not fork", async () => {
  const { auditor, table, clock } = setup();
  table.fault = "takes and says it failed";
  const demanded = auditor.demand(entry("a"));
  await settle();
  auditor.record(entry("b"));
  table.fault = "none";
  clock.advance(250);
  await demanded;
  expect(chainOf(table)).toEqual(["a", "b"]);
});

test("beyond its bound records are dropped and counted, and the log says so itself", async () => {
  const { auditor, table, clock, metrics } = setup({ maxWaiting: 3 });
  table.fault = "refuses";
  for (const action of ["a", "b", "c", "d", "e"]) auditor.record(entry(action));
  await expect(auditor.demand(entry("f"))).rejects.toMatchObject({ code: "audit_unavailable" });
  expect((await metrics.scrape()).body).toMatch(/^rat_audit_lost_total 2$/m);
  table.fault = "none";
  await settle();
  clock.advance(250);
  await settle();
  await auditor.demand(entry("g"));
  expect(chainOf(table)).toEqual(["a", "b", "c", "audit.lost", "g"]);
  const lost = [...table.rows.values()].find(({ action }) => action === "audit.lost");
  expect(lost?.details).toEqual({ count: 2 });
});

test("opens its chain before the first record, seals it from time to time, and ends it", async () => {
  const { auditor, table, clock, filed } = setup();
  await auditor.demand(entry("a"));
  expect(filed.map(({ seq }) => seq)).toEqual([0]);
  clock.advance(60_000);
  await settle();
  clock.advance(60_000);
  await settle();
  auditor.record(entry("b"));
  await auditor[Symbol.asyncDispose]();
  expect(filed.map(({ seq, final }) => [seq, final])).toEqual([
    [0, false],
    [1, false],
    [2, true],
  ]);
  expect(table.checkpoints_).toEqual(filed);
  expect(filed.every((checkpoint) => KEY.sealed(checkpoint))).toBe(true);
  expect(filed.map(({ previous }) => previous)).toEqual([null, ...filed.slice(0, 2).map(({ seal }) => seal)]);
  expect(chainOf(table)).toEqual(["a", "b"]);
});

test("seals the end of a predecessor that was killed, once nothing of it can be under way", async () => {
  const table = new FakeTable();
  const killed = setup({ table, writer: "w1" });
  await killed.auditor.demand(entry("a"));
  await killed.auditor.demand(entry("b"));
  const next = setup({ table, writer: "w2" });
  await next.auditor.demand(entry("c"));
  expect(next.filed.map(({ writer, seq }) => [writer, seq])).toEqual([["w2", 0]]);
  next.clock.advance(60_000);
  await settle();
  expect(next.filed.map(({ writer, seq, final }) => [writer, seq, final])).toEqual([
    ["w2", 0, false],
    ["w2", 1, false],
    ["w1", 2, true],
  ]);
});

test("gives up at the end when the database is away, and says how much is in the log only", async () => {
  const { auditor, table, lines } = setup();
  table.fault = "refuses";
  auditor.record(entry("a"));
  await auditor[Symbol.asyncDispose]();
  expect(lines.at(-1)).toMatchObject({ level: "error", lost: 1 });
});
