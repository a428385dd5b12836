import type { AuditProblem, AuditRecord } from "@rat/client";
import type { Tone } from "../../output/style.ts";
import type { Column } from "../../output/table.ts";

const TONES: Readonly<Record<string, Tone>> = { ok: "good", refused: "warning", failed: "bad" };

/** What a record shows in a line. */
export type ShownRecord = Omit<AuditRecord, "hash" | "previous_hash">;

/** The columns of a list of records. */
export const AUDIT_COLUMNS: readonly Column<ShownRecord>[] = [
  { title: "AT", value: ({ at }) => at },
  { title: "ACTOR", value: ({ actor }) => actor },
  { title: "ACTION", value: ({ action }) => action },
  { title: "OBJECT", value: objectText },
  { title: "RESULT", value: ({ result }) => result, tone: ({ result }) => TONES[result] ?? "plain" },
  { title: "STATUS", value: ({ status }) => (status === null ? null : String(status)) },
  { title: "AUTH", value: ({ auth_mode: mode }) => mode, wide: true },
  { title: "KEY", value: ({ key_id: key }) => key, wide: true },
  { title: "CLIENT", value: ({ client }) => client, wide: true },
  { title: "REQUEST", value: ({ request_id: id }) => id, wide: true },
  { title: "RECORD", value: recordName, wide: true },
];

/** The thing that a record is about: `pipeline default/bronze/weather`. */
export function objectText({ object_type: type, object_id: id }: ShownRecord): string | null {
  return type === null ? null : `${type} ${id ?? ""}`.trim();
}

/** The place of a record, which nothing else has. */
export function recordName({ writer, seq }: Pick<AuditRecord, "writer" | "seq">): string {
  return `${writer}/${seq}`;
}

/** A problem in a line. */
export function problemLine(problem: AuditProblem): string {
  const { writer, kind, detail } = problem;
  return writer === "" ? `${kind}: ${detail}` : `${kind} at ${recordName(problem)}: ${detail}`;
}
