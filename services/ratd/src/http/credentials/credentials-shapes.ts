import { Type } from "typebox";
import { CLOUD_ACCESS, CLOUD_PROVIDERS } from "../../slots/cloud/cloud.ts";
import { name, time } from "../kit/fields.ts";

/** The shape of credentials. */
export const credentialsShapes = {
  Credentials: Type.Object(
    {
      lease_id: Type.String(),
      provider: Type.Enum([...CLOUD_PROVIDERS]),
      resource_type: Type.String(),
      resource_id: Type.String(),
      resource: Type.String({ description: "Where the data lies at the provider." }),
      access: Type.Enum([...CLOUD_ACCESS]),
      credentials: Type.Record(Type.String(), Type.String()),
      expires_at: time("When they end."),
    },
    { $id: "Credentials", description: "Temporary credentials. Secret." },
  ),
} as const;

/** What requests for credentials send. */
export const credentialsBodies = {
  credentials: Type.Object({
    provider: Type.Optional(
      Type.Enum([...CLOUD_PROVIDERS], { description: "Default: runs.credentials.provider of rat.yaml." }),
    ),
    resource_type: Type.Enum(["namespace", "pipeline", "table"]),
    resource_id: name("The name of the namespace, or namespace/layer/name."),
    access: Type.Optional(Type.Enum([...CLOUD_ACCESS], { default: "read" })),
  }),
};
