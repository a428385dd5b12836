import { Type, type Static } from "typebox";
import { AUTH_MODES } from "../../access/principal.ts";
import { AUDIT_RESULTS } from "../../audit/audit.ts";
import type { AuditFilter } from "../../audit/audit-filter.ts";
import { AUDIT_PROBLEMS } from "../../audit/chain-walk.ts";

const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });
const hash = (description: string) => Type.String({ description });
const text = (description: string, maxLength = 512) =>
  Type.Optional(Type.String({ description, minLength: 1, maxLength, pattern: "^[^\\u0000]*$" }));

/** Results, and how callers were established, as records name them. */
const result = Type.Enum([...AUDIT_RESULTS]);
const authMode = Type.Enum([...AUTH_MODES, "none"], { description: "none: nobody asked for it." });

const AuditProblem = Type.Object(
  {
    writer: Type.String(),
    seq: Type.Integer({ description: "The first bad row, or the first that is missing." }),
    kind: Type.Enum([...AUDIT_PROBLEMS]),
    detail: Type.String(),
  },
  { $id: "AuditProblem" },
);

/** The shapes of the audit log. */
export const auditShapes = {
  AuditRecord: Type.Object(
    {
      writer: Type.String({ description: "The process of ratd that wrote it." }),
      seq: Type.Integer({ description: "Its place in the chain of the writer, from 1." }),
      at: Type.String({ format: "date-time", description: "When it happened, by the clock of the writer." }),
      actor: Type.String({ description: "The user; ratd for what nobody asked for." }),
      auth_mode: Type.String({ description: `One of ${AUTH_MODES.join(", ")}, none.` }),
      key_id: nullable("The API key that was used."),
      action: Type.String({ description: "For example keys.create, or POST /api/v1/pipelines." }),
      object_type: nullable("The kind of thing it is about."),
      object_id: nullable("The thing it is about."),
      result: Type.String({ description: `One of ${AUDIT_RESULTS.join(", ")}.` }),
      status: Type.Union([Type.Integer(), Type.Null()], { description: "Status of the answer." }),
      request_id: nullable("The request."),
      client: nullable("Address of the client."),
      details: Type.Unsafe<Record<string, unknown>>({
        type: "object",
        additionalProperties: true,
        description: "Further facts.",
      }),
      previous_hash: hash("Hash of the record before, in hexadecimal."),
      hash: hash("SHA-256 of that hash and the canonical JSON of the other fields."),
    },
    { $id: "AuditRecord", description: "Something that somebody did or tried, or that became of a slot." },
  ),
  AuditProblem,
  AuditVerification: Type.Object(
    {
      ok: Type.Boolean(),
      writers: Type.Integer({ description: "Chains: one for each start of a ratd." }),
      records: Type.Integer(),
      checkpoints: Type.Integer(),
      unchecked: Type.Integer({
        description:
          "Checkpoints under keys of other replicas: compared with the chains, their seals not checked.",
      }),
      problems: Type.Array(Type.Unsafe<Static<typeof AuditProblem>>({ $ref: "AuditProblem#" }), {
        description: "The first of each chain; none when all is well.",
      }),
    },
    { $id: "AuditVerification", description: "What came of looking at the whole audit log." },
  ),
} as const;

const filterFields = {
  from: Type.Optional(Type.String({ format: "date-time", description: "From this time on." })),
  to: Type.Optional(Type.String({ format: "date-time", description: "Before this time." })),
  actor: text("The user."),
  action: text("How the action begins: keys. or keys.create.", 128),
  object_type: text("The kind of thing.", 64),
  object_id: text("The thing."),
  result: Type.Optional(result),
  auth_mode: Type.Optional(authMode),
  request_id: text("The request.", 128),
};

const filterQuery = Type.Object(filterFields);

/** The query parameters that choose audit records. */
export const auditQuery = filterFields;

/** What they choose. */
export function auditFilterOf(query: Static<typeof filterQuery>): AuditFilter {
  const { from, to, actor, action, object_type, object_id, result: ending, auth_mode, request_id } = query;
  const time = (given: string | undefined) => (given === undefined ? undefined : new Date(given));
  return {
    from: time(from),
    to: time(to),
    actor,
    action,
    objectType: object_type,
    objectId: object_id,
    result: ending,
    authMode: auth_mode,
    requestId: request_id,
  };
}
