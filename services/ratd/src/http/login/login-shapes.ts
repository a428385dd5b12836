import { Type } from "typebox";
import { SLOT_STATES } from "../../slots/slot.ts";
import { nullable } from "../kit/fields.ts";

/** The shape of ways to sign in. */
export const loginShapes = {
  LoginOptions: Type.Object(
    {
      auth_slot: Type.Enum([...SLOT_STATES]),
      openid: nullable(
        Type.Object({
          issuer: Type.String(),
          client_id: Type.String(),
          scopes: Type.Array(Type.String()),
          resource: nullable(Type.String()),
        }),
      ),
    },
    { $id: "LoginOptions", description: "How to sign in." },
  ),
} as const;
