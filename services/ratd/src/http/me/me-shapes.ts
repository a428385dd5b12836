import { Type } from "typebox";
import { AUTH_MODES } from "../../access/principal.ts";
import { nullable } from "../kit/fields.ts";

/** The shape of callers. */
export const meShapes = {
  Caller: Type.Object(
    {
      user_id: Type.String(),
      email: Type.String(),
      roles: Type.Array(Type.String()),
      auth_mode: Type.Enum([...AUTH_MODES]),
      scopes: Type.Array(Type.String(), { description: "What the caller may try; `*` is everything." }),
      key_id: nullable(Type.String({ description: "The API key that was used." })),
    },
    { $id: "Caller", description: "Who ratd takes the caller for." },
  ),
} as const;
