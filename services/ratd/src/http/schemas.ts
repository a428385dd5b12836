import { Type, type Static } from "typebox";
import { decisionShapes, explanationShapes } from "./access/access-shapes.ts";
import { auditShapes } from "./audit/audit-shapes.ts";
import { configShapes } from "./config/config-shapes.ts";
import { credentialsShapes } from "./credentials/credentials-shapes.ts";
import { filesShapes } from "./files/files-shapes.ts";
import { keysShapes } from "./keys/keys-shapes.ts";
import { problemShapes } from "./kit/problem-shapes.ts";
import { leasesShapes } from "./leases/leases-shapes.ts";
import { loginShapes } from "./login/login-shapes.ts";
import { meShapes } from "./me/me-shapes.ts";
import { namespacesShapes } from "./namespaces/namespaces-shapes.ts";
import { pipelinesShapes } from "./pipelines/pipelines-shapes.ts";
import { pluginsShapes } from "./plugins/plugins-shapes.ts";
import { runsShapes } from "./runs/runs-shapes.ts";
import { sharingShapes } from "./sharing/sharing-shapes.ts";
import { slotsShapes } from "./slots/slots-shapes.ts";
import { statusShapes } from "./status/status-shapes.ts";
import { triggersShapes } from "./triggers/triggers-shapes.ts";

/** The shapes of the HTTP API, by the name that they have in the OpenAPI document, and in its order. */
export const schemas = {
  ...problemShapes,
  ...slotsShapes,
  ...statusShapes,
  ...pluginsShapes,
  ...configShapes,
  ...meShapes,
  ...sharingShapes,
  ...decisionShapes,
  ...runsShapes,
  ...explanationShapes,
  ...keysShapes,
  ...leasesShapes,
  ...loginShapes,
  ...credentialsShapes,
  ...namespacesShapes,
  ...filesShapes,
  ...pipelinesShapes,
  ...triggersShapes,
  ...auditShapes,
} as const;

type Schemas = typeof schemas;
/** The value of a shape. */
export type Shape<Name extends keyof Schemas> = Static<Schemas[Name]>;

/** A reference to a shared shape, typed as the shape itself. */
export function shape<Name extends keyof Schemas>(name: Name) {
  return Type.Unsafe<Shape<Name>>({ $ref: `${name}#` });
}

/** The error answers that every route behind the auth slot may give. */
export const problems = { "4xx": shape("Problem"), "5xx": shape("Problem") };
