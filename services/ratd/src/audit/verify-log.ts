import type { ChainedRecord } from "./audit-record.ts";
import type { ChainPlace } from "./audit-store.ts";
import { ChainWalk, type AuditProblem, type ChainMark } from "./chain-walk.ts";
import type { Checkpoint, SealKey } from "./checkpoint.ts";

/** Records read at once. */
const BATCH = 1000;
/** Problems that are told of one log. */
const MAX_PROBLEMS = 100;

/** A log to be verified. */
export interface VerifiableLog {
  /** The records, chain after chain, each in its order, from behind a place on. */
  records(after: ChainPlace | undefined, limit: number): Promise<readonly ChainedRecord[]>;
  /** The checkpoints in the database. */
  checkpoints(): Promise<readonly Checkpoint[]>;
  /** The checkpoints in the file beside the key. */
  filed(): Promise<readonly Checkpoint[]>;
  readonly key: SealKey;
  /** The chain of this process: what it knows to be written, and the last record that it has made. */
  head():
    | { readonly writer: string; readonly seq: number; readonly hash: string; readonly newest: number }
    | undefined;
}

/** What came of looking at a whole log. */
export interface Verification {
  readonly ok: boolean;
  readonly writers: number;
  readonly records: number;
  readonly checkpoints: number;
  /** Checkpoints under keys that are not here: compared with the chains, but anybody could have made them. */
  readonly unchecked: number;
  /** One for each chain at most, and those of checkpoints; no more than 100. */
  readonly problems: readonly AuditProblem[];
}

/**
 * Reads a whole log and finds in each chain the first record that was edited, removed, unlinked, cut off or forged.
 *
 * @throws RatError database_unavailable
 */
export async function verifyLog(log: VerifiableLog): Promise<Verification> {
  // In this order: what is read later may hold more, never less.
  const head = log.head();
  const filed = await log.filed();
  const stored = await log.checkpoints();
  const known = new Map([...filed, ...stored].map((one) => [one.seal, one]));
  const problems = checkpointProblems(log.key, filed, stored, known);
  const marks = new Map<string, ChainMark[]>();
  const mark = (writer: string, one: ChainMark) => marks.set(writer, [...(marks.get(writer) ?? []), one]);
  const forged = new Set(problems.filter(({ kind }) => kind === "checkpoint_forged").map(({ seal }) => seal));
  for (const one of known.values()) if (!forged.has(one.seal)) mark(one.writer, one);
  if (head !== undefined) mark(head.writer, { ...head, final: false });

  const found: AuditProblem[] = problems.map(({ seal: _seal, ...problem }) => problem);
  const seen = new Set<string>();
  const finish = (walk: ChainWalk) => {
    const problem = walk.end(walk.writer === head?.writer ? log.head()?.newest : undefined);
    if (problem !== undefined) found.push(problem);
  };
  let walk: ChainWalk | undefined;
  let records = 0;
  let after: ChainPlace | undefined;
  for (;;) {
    const batch = await log.records(after, BATCH);
    for (const record of batch) {
      if (walk?.writer !== record.writer) {
        if (walk !== undefined) finish(walk);
        walk = new ChainWalk(record.writer, marks.get(record.writer) ?? []);
        seen.add(record.writer);
      }
      walk.step(record);
    }
    records += batch.length;
    after = batch.at(-1);
    if (batch.length < BATCH) break;
  }
  if (walk !== undefined) finish(walk);
  // Chains of which nothing is left.
  for (const [writer, ofWriter] of marks) {
    if (!seen.has(writer)) finish(new ChainWalk(writer, ofWriter));
  }
  const all = [...known.values()];
  const unopened = found.filter(({ kind, writer }) => kind === "forged" && !marks.has(writer));
  // A ratd that started after the checkpoints were read: its own one is there by now.
  const late = new Set(unopened.length === 0 ? [] : (await log.checkpoints()).map(({ writer }) => writer));
  for (const problem of unopened) if (late.has(problem.writer)) found.splice(found.indexOf(problem), 1);
  return {
    ok: found.length === 0,
    writers: new Set([...seen, ...marks.keys()]).size,
    records,
    checkpoints: all.length,
    unchecked: all.filter(({ key_id }) => key_id !== log.key.id).length,
    problems: found.slice(0, MAX_PROBLEMS),
  };
}

function checkpointProblems(
  key: SealKey,
  filed: readonly Checkpoint[],
  stored: readonly Checkpoint[],
  known: ReadonlyMap<string, Checkpoint>,
): readonly (AuditProblem & { readonly seal: string })[] {
  const inTable = new Set(stored.map(({ seal }) => seal));
  const problem = ({ writer, seq, seal }: Checkpoint, kind: AuditProblem["kind"], detail: string) => [
    { writer, seq, kind, detail, seal },
  ];
  return [
    ...[...known.values()].flatMap((one) =>
      one.key_id === key.id && !key.sealed(one)
        ? problem(one, "checkpoint_forged", "the checkpoint is not sealed with the key that it names")
        : [],
    ),
    ...filed.flatMap((one) =>
      inTable.has(one.seal)
        ? []
        : problem(one, "checkpoint_removed", "the checkpoint is in the file and no more in the database"),
    ),
    ...stored.flatMap((one) =>
      one.previous === null || known.has(one.previous)
        ? []
        : problem(one, "checkpoint_removed", "the checkpoint before this one is missing"),
    ),
  ];
}
