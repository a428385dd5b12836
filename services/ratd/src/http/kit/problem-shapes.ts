import { Type } from "typebox";

/** The shape of errors. */
export const problemShapes = {
  Problem: Type.Object(
    {
      type: Type.String(),
      title: Type.String(),
      status: Type.Integer(),
      detail: Type.String(),
      instance: Type.String(),
      code: Type.String(),
      try: Type.Array(Type.String()),
      request_id: Type.String(),
      violations: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), message: Type.String() }))),
      more_violations: Type.Optional(
        Type.Integer({ description: "How many more there are than `violations` names." }),
      ),
    },
    { $id: "Problem", description: "An error, RFC 9457." },
  ),
} as const;
