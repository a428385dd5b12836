import type { AuditProblem, AuditRecord } from "@rat/client";
import { CliError } from "../../output/cli-error.ts";
import { hasOwnHash, NO_HASH } from "./chain.ts";

/** What an export says about itself, without a ratd. */
export interface ExportVerification {
  readonly ok: boolean;
  readonly writers: number;
  readonly records: number;
  /** Only some records were asked for, so that gaps prove nothing. */
  readonly filtered: boolean;
  /** The first of each chain. */
  readonly problems: readonly AuditProblem[];
}

/**
 * Checks the chains of an export, line by line. What is missing at the end of a chain an export cannot tell; ratd can.
 *
 * @throws CliError bad_usage for a file that is no export
 */
export async function verifyExport(lines: AsyncIterable<string>): Promise<ExportVerification> {
  const chains = new Map<string, { readonly seq: number; readonly hash: string }>();
  const links = new Map<string, AuditProblem>();
  const contents = new Map<string, AuditProblem>();
  let end: { readonly records: number; readonly filtered: boolean } | undefined;
  let records = 0;
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === "") continue;
    const value = parse(text, line);
    if (end !== undefined) throw noExport(line, "follows the end");
    if (value["end"] === true) {
      end = { records: Number(value["records"]), filtered: value["filtered"] === true };
      continue;
    }
    const record = recordOf(value, line);
    const { writer, seq } = record;
    records += 1;
    const before = chains.get(writer) ?? { seq: 0, hash: NO_HASH };
    const link = linkProblem(record, before);
    if (link !== undefined && !links.has(writer)) links.set(writer, link);
    const content = contentProblem(record);
    if (content !== undefined && !contents.has(writer)) contents.set(writer, content);
    chains.set(writer, { seq, hash: record.hash });
  }
  const filtered = end?.filtered === true;
  const problems = [...chains.keys()].flatMap(
    (writer) => first(contents.get(writer), filtered ? undefined : links.get(writer)) ?? [],
  );
  const whole = end !== undefined && end.records === records;
  const told = end === undefined ? "the last line" : `${end.records - records} records`;
  const cut = {
    writer: "",
    seq: records + 1,
    kind: "cut",
    detail: `${told} of the export are missing`,
  } as const;
  const all = whole ? problems : [...problems, cut];
  return { ok: all.length === 0, writers: chains.size, records, filtered, problems: all };
}

function contentProblem(record: AuditRecord): AuditProblem | undefined {
  if (hasOwnHash(record)) return undefined;
  return {
    writer: record.writer,
    seq: record.seq,
    kind: "edited",
    detail: "the record does not have its hash",
  };
}

function linkProblem(
  { writer, seq, previous_hash: previous }: AuditRecord,
  before: { readonly seq: number; readonly hash: string },
): AuditProblem | undefined {
  const next = before.seq + 1;
  if (seq > next)
    return { writer, seq: next, kind: "removed", detail: `records ${next} to ${seq - 1} are missing` };
  if (seq === next && previous === before.hash) return undefined;
  return { writer, seq, kind: "unlinked", detail: "the record does not follow the one before it" };
}

function first(one: AuditProblem | undefined, other: AuditProblem | undefined): AuditProblem | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.seq < one.seq ? other : one;
}

function parse(text: string, line: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw noExport(line, "is no JSON object");
}

function recordOf(value: Record<string, unknown>, line: number): AuditRecord {
  const texts = ["writer", "at", "action", "hash", "previous_hash"];
  if (!texts.every((name) => typeof value[name] === "string") || !Number.isSafeInteger(value["seq"])) {
    throw noExport(line, "is no audit record");
  }
  return value as AuditRecord;
}

function noExport(line: number, what: string): CliError {
  const steps = ["export one with: rat audit export audit.ndjson"];
  return new CliError("bad_usage", `line ${line} ${what}; this is no NDJSON export of the audit log`, {
    steps,
  });
}
