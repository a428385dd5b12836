import { Type } from "typebox";
import { nullable } from "../kit/fields.ts";

/** The shapes of configurations. */
export const configShapes = {
  ConfigChange: Type.Object(
    {
      key: Type.String({ description: "For example plugins.auth.address." }),
      from: nullable(
        Type.String({
          description: "In JSON, as it is written and without secrets; null where the key is new.",
        }),
      ),
      to: nullable(Type.String({ description: "As `from`; null where the key is there no more." })),
      applies: Type.Enum(["now", "restart"], {
        description: "When it counts: at the reload, or at the next start of this ratd.",
      }),
    },
    { $id: "ConfigChange", description: "A key of rat.yaml that differs from what is in force." },
  ),
} as const;
