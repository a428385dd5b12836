import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Seeded } from "../../../../tests/support/seeded.ts";
import type { AuditRecord, ChainedRecord } from "./audit-record.ts";
import type { ChainPlace } from "./audit-store.ts";
import { bareRecord, chainRecord, NO_HASH } from "./chain.ts";
import { SealKey, type Checkpoint } from "./checkpoint.ts";
import { verifyLog, type Verification } from "./verify-log.ts";

const KEY = new SealKey(createHash("sha256").update("key").digest());
const WRITERS = ["0000000000a1", "0000000000b2", "0000000000c3"] as const;
/** Records of each chain, and between two checkpoints. */
const LENGTH = 30;
const EVERY = 7;

interface Log {
  rows: ChainedRecord[];
  stored: Checkpoint[];
  filed: Checkpoint[];
}

function record(writer: string, seq: number, random: Seeded): AuditRecord {
  return {
    writer,
    seq,
    at: new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString(),
    actor: random.pick(["alice", "bob", "anonymous"]),
    auth_mode: random.pick(["plugin", "api_key", "noop-fallback"]),
    key_id: random.chance(0.5) ? null : "0123456789abcdef",
    action: random.pick(["keys.create", "sharing.share", "POST /api/v1/pipelines"]),
    object_type: "pipeline",
    object_id: `default/bronze/p${seq}`,
    result: "ok",
    status: 200,
    request_id: `req-${writer}-${seq}`,
    client: "127.0.0.1",
    details: { b: seq, a: { z: [1, null, "x"], y: true } },
  };
}

/** Three chains: two that ended, and one whose process still writes. */
function healthyLog(random: Seeded): Log {
  const rows: ChainedRecord[] = [];
  const stored: Checkpoint[] = [];
  const seal = (writer: string, seq: number, hash: string, final: boolean) =>
    stored.push(
      KEY.seal({
        writer,
        seq,
        hash,
        final,
        at: "2026-01-01T00:00:00.000Z",
        previous: stored.at(-1)?.seal ?? null,
      }),
    );
  for (const writer of WRITERS) {
    let hash = NO_HASH;
    seal(writer, 0, hash, false);
    for (let seq = 1; seq <= LENGTH; seq++) {
      const chained = chainRecord(hash, record(writer, seq, random));
      hash = chained.hash;
      rows.push(chained);
      if (seq % EVERY === 0) seal(writer, seq, hash, false);
    }
    if (writer !== WRITERS[2]) seal(writer, LENGTH, hash, true);
  }
  return { rows, stored, filed: [...stored] };
}

/** What this process knows of its own chain. */
function headOf(log: Log) {
  const last = log.rows.findLast(({ writer }) => writer === WRITERS[2]);
  return { writer: WRITERS[2], seq: LENGTH, hash: last?.hash ?? "", newest: LENGTH };
}

function verify(log: Log, head: ReturnType<typeof headOf>): Promise<Verification> {
  const sorted = log.rows.toSorted((a, b) =>
    a.writer === b.writer ? a.seq - b.seq : a.writer < b.writer ? -1 : 1,
  );
  return verifyLog({
    records: (after: ChainPlace | undefined, limit) => {
      const start =
        after === undefined
          ? 0
          : sorted.findLastIndex((row) => row.writer === after.writer && row.seq === after.seq) + 1;
      return Promise.resolve(sorted.slice(start, start + limit));
    },
    checkpoints: () => Promise.resolve(log.stored),
    filed: () => Promise.resolve(log.filed),
    key: KEY,
    head: () => head,
  });
}

/** Where the first bad row of a chain is: exactly, or within a range when only checkpoints can tell. */
interface Damage {
  readonly what: string;
  readonly writer: string;
  readonly from: number;
  readonly to: number;
}

/** Hashes the rows of a writer anew from a place on, as somebody without the key would. */
function rehash(log: Log, writer: string, from: number): void {
  let hash = log.rows.find((row) => row.writer === writer && row.seq === from - 1)?.hash ?? NO_HASH;
  for (const row of log.rows
    .filter((one) => one.writer === writer && one.seq >= from)
    .toSorted((a, b) => a.seq - b.seq)) {
    const anew = chainRecord(hash, bareRecord(row));
    log.rows[log.rows.indexOf(row)] = anew;
    hash = anew.hash;
  }
}

/** The range in which a checkpoint says that something is wrong: behind the one before. */
function sealedRange(writer: string, seq: number, what: string): Damage {
  return { what, writer, from: Math.floor((seq - 1) / EVERY) * EVERY + 1, to: seq };
}

const FIELDS = [
  "at",
  "actor",
  "auth_mode",
  "key_id",
  "action",
  "object_type",
  "object_id",
  "result",
  "status",
  "request_id",
  "client",
  "details",
  "hash",
  "previous_hash",
] as const;

function changed(row: ChainedRecord, field: (typeof FIELDS)[number]): ChainedRecord {
  switch (field) {
    case "at":
      return { ...row, at: new Date(Date.parse(row.at) + 1).toISOString() };
    case "status":
      return { ...row, status: row.status === null ? 200 : row.status + 1 };
    case "details":
      return { ...row, details: { ...row.details, b: 0 } };
    case "hash":
    case "previous_hash":
      return { ...row, [field]: createHash("sha256").update(row[field]).digest("hex") };
    default:
      return { ...row, [field]: `${String(row[field])}x` };
  }
}

/** The mutations: each damages the log and says where. */
const MUTATIONS: readonly ((log: Log, random: Seeded) => Damage)[] = [
  (log, random) => {
    const [at, row] = pick(log, random);
    const field = random.pick(FIELDS);
    log.rows[at] = changed(row, field);
    return exact(`edit ${field}`, row.writer, row.seq);
  },
  (log, random) => {
    const [at, row] = pick(log, random);
    log.rows.splice(at, 1);
    return exact("delete", row.writer, row.seq);
  },
  (log, random) => {
    const writer = random.pick([...WRITERS]);
    const keep = Math.floor(random.between(0, LENGTH));
    log.rows = log.rows.filter((row) => row.writer !== writer || row.seq <= keep);
    return exact("truncate", writer, keep + 1);
  },
  (log, random) => {
    const writer = random.pick([...WRITERS]);
    const low = Math.floor(random.between(1, LENGTH));
    const high = Math.floor(random.between(low + 1, LENGTH + 1));
    const [a, b] = [low, high].map((seq) =>
      log.rows.findIndex((row) => row.writer === writer && row.seq === seq),
    );
    const [first, second] = [log.rows[a ?? 0], log.rows[b ?? 0]];
    if (first === undefined || second === undefined) throw new Error("no rows");
    log.rows[a ?? 0] = { ...second, seq: low };
    log.rows[b ?? 0] = { ...first, seq: high };
    return exact("swap", writer, low);
  },
  (log, random) => {
    const [at, row] = pick(log, random);
    // Between two rows: those behind it make room.
    for (const [n, one] of log.rows.entries()) {
      if (one.writer === row.writer && one.seq >= row.seq) log.rows[n] = { ...one, seq: one.seq + 1 };
    }
    const inserted = { ...record(row.writer, row.seq, random), actor: "mallory" };
    log.rows.splice(at, 0, chainRecord(row.previous_hash, inserted));
    // The row itself fits its place: the one behind it tells, or the checkpoint that covers it.
    return {
      what: "insert",
      writer: row.writer,
      from: sealedRange(row.writer, row.seq, "").from,
      to: row.seq + 1,
    };
  },
  (log, random) => {
    const writer = random.pick([...WRITERS]);
    const last = log.rows.findLast((row) => row.writer === writer);
    log.rows.push(chainRecord(last?.hash ?? NO_HASH, record(writer, LENGTH + 1, random)));
    return exact("append", writer, LENGTH + 1);
  },
  (log, random) => {
    const [at, row] = pick(log, random);
    const target = random.pick(WRITERS.filter((writer) => writer !== row.writer) as [string, string]);
    log.rows.splice(at, 1);
    const moved = random.chance(0.5) ? LENGTH + 1 : row.seq;
    log.rows = log.rows.filter((one) => one.writer !== target || one.seq !== moved);
    log.rows.push({ ...row, writer: target, seq: moved });
    return exact("move between writers", target, moved);
  },
  (log, random) => {
    const [at, row] = pick(log, random);
    log.rows[at] = { ...row, actor: `${row.actor}!` };
    rehash(log, row.writer, row.seq);
    return sealedRange(row.writer, row.seq, "edit and hash anew");
  },
  (log, random) => {
    const [at, row] = pick(log, random);
    log.rows[at] = chainRecord(row.previous_hash, { ...bareRecord(row), actor: "mallory" });
    // The row fits its place: the one behind it tells, or the checkpoint that covers it.
    return {
      ...exact("edit and hash this one anew", row.writer, row.seq),
      from: sealedRange(row.writer, row.seq, "").from,
      to: row.seq + 1,
    };
  },
  (log, random) => {
    const [at, row] = pick(log, random);
    log.rows.splice(at, 1);
    for (const [n, one] of log.rows.entries()) {
      if (one.writer === row.writer && one.seq > row.seq) log.rows[n] = { ...one, seq: one.seq - 1 };
    }
    rehash(log, row.writer, row.seq);
    const range = sealedRange(row.writer, row.seq, "delete and hash anew");
    // Behind the last checkpoint the end alone tells: a record is missing there.
    return row.seq > LENGTH - (LENGTH % EVERY) ? { ...range, to: LENGTH } : range;
  },
  (log, random) => {
    const writer = "0000000000d4";
    log.rows.push(chainRecord(NO_HASH, record(writer, 1, random)));
    return exact("a chain of nobody", writer, 1);
  },
];

function exact(what: string, writer: string, seq: number): Damage {
  return { what, writer, from: seq, to: seq };
}

function pick(log: Log, random: Seeded): readonly [number, ChainedRecord] {
  const at = Math.floor(random.between(0, log.rows.length));
  const row = log.rows[at];
  if (row === undefined) throw new Error("no row");
  return [at, row];
}

test("names the first bad row of 1,000 logs that were tampered with", async () => {
  const random = new Seeded(58);
  const missed: string[] = [];
  const kinds = new Set<string>();
  for (let round = 0; round < 1000; round++) {
    const log = healthyLog(random);
    const head = headOf(log);
    const mutate = MUTATIONS[round % MUTATIONS.length];
    if (mutate === undefined) throw new Error("no mutation");
    const damage = mutate(log, random);
    const { ok, problems } = await verify(log, head);
    const found = problems.find(({ writer }) => writer === damage.writer);
    if (found !== undefined) kinds.add(found.kind);
    if (ok || found === undefined || found.seq < damage.from || found.seq > damage.to) {
      missed.push(`${round} ${JSON.stringify(damage)}: ${JSON.stringify(problems)}`);
    }
  }
  expect(missed).toEqual([]);
  expect([...kinds].toSorted()).toEqual(["cut", "edited", "forged", "removed", "unlinked"]);
}, 60_000);

test("finds nothing in 100 logs that nobody touched", async () => {
  const random = new Seeded(59);
  for (let round = 0; round < 100; round++) {
    const log = healthyLog(random);
    expect(await verify(log, headOf(log))).toEqual({
      ok: true,
      writers: 3,
      records: 90,
      checkpoints: 17,
      unchecked: 0,
      problems: [],
    });
  }
}, 60_000);

test("a whole chain that is gone with its checkpoints is missed: the file has them", async () => {
  const log = healthyLog(new Seeded(1));
  const head = headOf(log);
  log.rows = log.rows.filter(({ writer }) => writer !== WRITERS[0]);
  log.stored = log.stored.filter(({ writer }) => writer !== WRITERS[0]);
  const { problems } = await verify(log, head);
  expect(problems.map(({ writer, seq, kind }) => [writer, seq, kind])).toContainEqual([WRITERS[0], 1, "cut"]);
  expect(problems.some(({ kind }) => kind === "checkpoint_removed")).toBe(true);
});

test("without the file, the checkpoint behind a removed one tells", async () => {
  const log = healthyLog(new Seeded(1));
  const head = headOf(log);
  const [gone] = log.stored.splice(2, 1);
  log.filed = [];
  const { problems } = await verify(log, head);
  expect(gone).toBeDefined();
  expect(problems.map(({ seq, kind }) => [seq, kind])).toEqual([[21, "checkpoint_removed"]]);
});

test("a checkpoint made without the key is told, and vouches for nothing", async () => {
  const log = healthyLog(new Seeded(1));
  const head = headOf(log);
  const row = log.rows[4];
  if (row === undefined) throw new Error("no row");
  log.rows[4] = { ...row, actor: "mallory" };
  rehash(log, row.writer, row.seq);
  for (const [n, one] of log.stored.entries()) {
    const now = log.rows.find(({ writer, seq }) => writer === one.writer && seq === one.seq);
    if (one.writer === row.writer && now !== undefined) log.stored[n] = { ...one, hash: now.hash };
  }
  const { problems } = await verify(log, head);
  expect(problems.map(({ kind }) => kind)).toContain("checkpoint_forged");
  log.filed = [];
  expect((await verify(log, head)).ok).toBe(false);
});

test("checkpoints of another replica are compared with its chain, and said to be unchecked", async () => {
  const log = healthyLog(new Seeded(1));
  const other = new SealKey(createHash("sha256").update("another key").digest());
  const chained = chainRecord(NO_HASH, record("0000000000d4", 1, new Seeded(2)));
  log.rows.push(chained);
  const opened = { writer: "0000000000d4", at: "2026-01-01T00:00:00.000Z", final: false, previous: null };
  log.stored.push(other.seal({ ...opened, seq: 0, hash: NO_HASH }));
  expect(await verify(log, headOf(log))).toMatchObject({ ok: true, writers: 4, unchecked: 1 });
  log.stored.push(other.seal({ ...opened, seq: 2, hash: chained.hash }));
  expect((await verify(log, headOf(log))).problems).toMatchObject([
    { writer: "0000000000d4", seq: 2, kind: "cut" },
  ]);
});
