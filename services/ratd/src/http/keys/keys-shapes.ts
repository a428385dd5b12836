import { Type } from "typebox";
import { LONGEST_GRACE_MS } from "../../access/keys/api-keys.ts";
import { SCOPES } from "../../scopes.ts";
import { pageQuery } from "../kit/cursor.ts";
import { name, nullable, PRINTABLE, time } from "../kit/fields.ts";

const apiKeyFields = {
  id: Type.String(),
  name: Type.String(),
  user_id: Type.String({ description: "In whose name it acts." }),
  roles: Type.Array(Type.String()),
  scopes: Type.Array(Type.String()),
  created_by: Type.String(),
  created_at: time("When it was made."),
  expires_at: nullable(time("When it ends; null for a key that never does.")),
  last_used_at: nullable(time("When it was used last, to the minute.")),
  rotated_at: nullable(time("When its secret was changed last.")),
  previous_until: nullable(time("Until when the secret before works too.")),
  revoked_at: nullable(time("When it was revoked.")),
  revoked_by: nullable(Type.String()),
};

/** The shapes of API keys. */
export const keysShapes = {
  ApiKey: Type.Object(apiKeyFields, { $id: "ApiKey", description: "An API key, without its secret." }),
  MadeApiKey: Type.Object(
    { ...apiKeyFields, key: Type.String({ description: "The key. Secret, and shown this once." }) },
    { $id: "MadeApiKey", description: "An API key that was made or rotated just now." },
  ),
} as const;

/** What requests about API keys send. */
export const keysBodies = {
  key: Type.Object({
    name: Type.String({ description: "What it is for.", minLength: 1, maxLength: 100, pattern: PRINTABLE }),
    scopes: Type.Array(Type.String({ maxLength: 64 }), {
      description: `Some of ${SCOPES.join(", ")}; among those that you hold.`,
      minItems: 1,
      maxItems: 64,
      uniqueItems: true,
    }),
    user_id: Type.Optional(name("In whose name it acts; default: yours. Others need the scope keys:manage.")),
    roles: Type.Optional(
      Type.Array(name("A role."), {
        maxItems: 100,
        description: "Among yours; default for your own key: all of them.",
      }),
    ),
    expires_at: Type.Optional(time("When it ends; default: in 90 days, at most a year ahead.")),
  }),
  rotation: Type.Object({
    grace_seconds: Type.Optional(Type.Integer({ minimum: 0, maximum: LONGEST_GRACE_MS / 1000, default: 0 })),
  }),
};

/** A key as paths name it. */
export const keyParams = Type.Object({ id: Type.String({ pattern: "^[0-9a-f]{16}$" }) });

/** Which keys are wanted. */
export const keysQuery = Type.Object({
  user_id: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  ...pageQuery,
});
