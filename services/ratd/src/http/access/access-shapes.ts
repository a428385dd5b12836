import { Type } from "typebox";
import { MAX_CHECKS } from "../../slots/enforcement/enforcement.ts";
import { SLOT_STATES } from "../../slots/slot.ts";
import { name, nullable, PRINTABLE, resourceType, time } from "../kit/fields.ts";

const resourceId = Type.String({
  maxLength: 512,
  pattern: PRINTABLE,
  description: "Empty asks for the kind as a whole.",
});

/** As the shape AccessPath, which cannot be named from within its own table. */
interface AccessPathShape {
  source: string;
  resource_type: string;
  resource_id: string;
  level: string;
  sufficient: boolean;
  grant_id: string | null;
  granted_by: string | null;
  expires_at: string | null;
}

/** The shape of decisions. */
export const decisionShapes = {
  Decision: Type.Object(
    { allowed: Type.Boolean(), reason: Type.String() },
    { $id: "Decision", description: "An answer of the enforcement slot." },
  ),
} as const;

/** The shapes of explanations. */
export const explanationShapes = {
  AccessPath: Type.Object(
    {
      source: Type.String({ description: "owner, grant, role or policy." }),
      resource_type: Type.String(),
      resource_id: Type.String(),
      level: Type.String({ description: "read, write, admin or owner." }),
      sufficient: Type.Boolean({ description: "Whether this alone allows the action." }),
      grant_id: nullable(Type.String()),
      granted_by: nullable(Type.String()),
      expires_at: nullable(time("When it ends by itself.")),
    },
    { $id: "AccessPath", description: "One way in which somebody has access." },
  ),
  AccessExplanation: Type.Object(
    {
      allowed: Type.Boolean(),
      reason: Type.String(),
      decided_by: Type.Enum(["plugin", "builtin", "nobody"]),
      slot_state: Type.Enum([...SLOT_STATES]),
      owner: nullable(Type.String()),
      ancestors: Type.Array(
        Type.Object({
          resource_type: Type.String(),
          resource_id: Type.String(),
          owner: nullable(Type.String()),
        }),
        { description: "What the thing lies in, nearest first." },
      ),
      paths: nullable(Type.Array(Type.Unsafe<AccessPathShape>({ $ref: "AccessPath#" }))),
      by_role: Type.Object(
        { allowed: Type.Boolean(), reason: Type.String() },
        { description: "What the auth plugin says of the roles alone." },
      ),
    },
    { $id: "AccessExplanation", description: "Why somebody may do something, or not." },
  ),
} as const;

/** What questions about access send. */
export const accessBodies = {
  check: Type.Object({
    action: Type.Optional(name("For example read, write, share.")),
    resource_type: Type.Optional(resourceType),
    resource_id: Type.Optional(resourceId),
    checks: Type.Optional(
      Type.Array(
        Type.Object({
          action: name("For example read, write, share."),
          resource_type: resourceType,
          resource_id: resourceId,
        }),
        { minItems: 1, maxItems: MAX_CHECKS, description: "Several questions in place of one." },
      ),
    ),
  }),
  explain: Type.Object({
    user_id: name("Whose access."),
    roles: Type.Optional(
      Type.Array(name("A role."), { maxItems: 1000, description: "The roles of that user." }),
    ),
    action: name("For example read, write, share."),
    resource_type: resourceType,
    resource_id: Type.Optional(resourceId),
  }),
};
