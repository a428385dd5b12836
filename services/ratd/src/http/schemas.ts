import { Type, type Static, type TSchema } from "typebox";
import { AUTH_MODES } from "../access/principal.ts";
import { SLOT_NAMES } from "../config/schema.ts";
import { RUN_STATES, RUN_TRIGGERS } from "../runs/run.ts";
import { LEASE_STATES } from "../credentials/lease-store.ts";
import { SCOPES } from "../scopes.ts";
import { CLOUD_ACCESS, CLOUD_PROVIDERS } from "../slots/cloud/cloud.ts";
import { MAX_CHECKS } from "../slots/enforcement/enforcement.ts";
import { SLOT_STATES } from "../slots/slot.ts";
import { auditShapes } from "./audit-schemas.ts";
import { pipelineShapes } from "./pipeline-schemas.ts";

const time = (description: string) => Type.String({ format: "date-time", description });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const layer = Type.Enum(["bronze", "silver", "gold"]);
const runState = Type.Enum([...RUN_STATES]);
const resourceName = (description: string) =>
  Type.String({ description, pattern: "^[a-z][a-z0-9_-]{0,62}$" });
const healthStatus = Type.Enum(["healthy", "degraded", "down", "unknown"]);
const slotName = Type.Enum([...SLOT_NAMES]);
const onDown = Type.Enum(["noop", "deny"]);

const PRINTABLE = "^[^\\u0000-\\u001f\\u007f]*$";

/** Text that names a thing: no control characters, bounded. */
const name = (description: string) =>
  Type.String({ description, minLength: 1, maxLength: 512, pattern: PRINTABLE });
const resourceId = Type.String({
  maxLength: 512,
  pattern: PRINTABLE,
  description: "Empty asks for the kind as a whole.",
});

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

const slotFields = {
  state: Type.Enum([...SLOT_STATES]),
  served_by: Type.Enum(["plugin", "builtin", "nobody"]),
  plugin: nullable(Type.String()),
  version: nullable(Type.String()),
  health: nullable(healthStatus),
  on_down: nullable(onDown),
  reason: Type.String({ description: "Why, one sentence." }),
  since: time("When the state began."),
  fallback_requests: Type.Integer({
    description: "Requests that a stand-in answered or refused since the start.",
  }),
};

/** The shapes of the HTTP API, by the name that they have in the OpenAPI document. */
export const schemas = {
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
    },
    { $id: "Problem", description: "An error, RFC 9457." },
  ),
  SlotSummary: Type.Object(slotFields, { $id: "SlotSummary", description: "How a slot stands." }),
  Slot: Type.Object(
    {
      name: slotName,
      ...slotFields,
      image: nullable(Type.String()),
      address: nullable(Type.String()),
    },
    { $id: "Slot", description: "A slot with its plugin." },
  ),
  Health: Type.Object(
    {
      status: Type.Enum(["ok", "degraded"]),
      version: Type.String(),
      edition: Type.Enum(["community", "pro"]),
      uptime_seconds: Type.Integer(),
      exposure: Type.Enum(["loopback", "network"], { description: "Who can reach the public listener." }),
      services: Type.Record(Type.String(), Type.Enum(["healthy", "down", "unknown"])),
      plugins: Type.Record(Type.String(), healthStatus),
      fallback_active: Type.Boolean({ description: "Whether a configured plugin is not serving its slot." }),
      slots: Type.Record(Type.String(), Type.Object(slotFields)),
    },
    { $id: "Health" },
  ),
  Live: Type.Object({ status: Type.String() }, { $id: "Live" }),
  Features: Type.Object(
    {
      edition: Type.Enum(["community", "pro"]),
      auth: Type.Boolean(),
      sharing: Type.Boolean(),
      enforcement: Type.Boolean(),
      container_executor: Type.Boolean(),
      cloud_aws: Type.Boolean(),
      pipeline_triggers: Type.Boolean(),
      pipeline_versions: Type.Boolean(),
      executor_delivery: nullable(
        Type.Enum(["exactly_once", "at_least_once"], {
          description: "How often the executor starts a run; null before it was asked.",
        }),
      ),
      auth_fallback: Type.Boolean({
        description: "Whether callers pass although an auth plugin is configured.",
      }),
    },
    { $id: "Features" },
  ),
  Plugin: Type.Object(
    {
      id: Type.String(),
      name: Type.String(),
      slot: nullable(slotName),
      plugin_type: Type.String({
        description: "The slot that it fills; empty for a plugin that fills none.",
      }),
      source: Type.String(),
      image: Type.String(),
      address: Type.String(),
      version: nullable(Type.String()),
      contracts: Type.Array(Type.String()),
      capabilities: Type.Array(Type.String()),
      wire: nullable(Type.String({ description: "How ratd talks to it." })),
      state: Type.Enum(["enabled", "unloaded"]),
      enabled: Type.Boolean(),
      health: healthStatus,
      message: Type.String(),
      last_health: nullable(time("End of the last check.")),
      health_since: time("When this health began."),
      signature_status: Type.String(),
      trust_basis: Type.String(),
      registered_at: time("First time in rat.yaml."),
      removed_at: nullable(time("When it left rat.yaml.")),
    },
    { $id: "Plugin" },
  ),
  HealthEvent: Type.Object(
    {
      from: healthStatus,
      to: healthStatus,
      message: Type.String(),
      at: time("When."),
    },
    { $id: "HealthEvent" },
  ),
  PluginAddress: Type.Object(
    {
      address: Type.String(),
      connected: Type.Boolean(),
      ejected: Type.Boolean({ description: "Whether calls go elsewhere." }),
      wire: nullable(Type.String()),
    },
    { $id: "PluginAddress" },
  ),
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
  Grant: Type.Object(
    {
      grant_id: Type.String(),
      grantee_id: Type.String(),
      grantee_type: Type.Enum(["user", "role"]),
      resource_type: Type.String(),
      resource_id: Type.String(),
      permission: Type.Enum(["read", "write", "admin"]),
      granted_by: Type.String(),
      granted_at: nullable(time("When it was given.")),
      expires_at: nullable(time("When it ends by itself.")),
      revoked_by: nullable(Type.String()),
      revoked_at: nullable(time("When it was taken back.")),
    },
    { $id: "Grant" },
  ),
  Decision: Type.Object(
    { allowed: Type.Boolean(), reason: Type.String() },
    { $id: "Decision", description: "An answer of the enforcement slot." },
  ),
  Run: Type.Object(
    {
      id: Type.String(),
      namespace: Type.String(),
      layer,
      pipeline: Type.String(),
      version: Type.Integer({ description: "The version of the pipeline that runs." }),
      kind: Type.String(),
      state: runState,
      reason: Type.String({ description: "Why it waits, or why it ended so; may be empty." }),
      isolation: Type.Enum(["process", "container"]),
      priority: Type.Integer(),
      trigger: Type.Enum([...RUN_TRIGGERS]),
      trigger_id: nullable(Type.String()),
      upstream_run_id: nullable(Type.String({ description: "The run whose success started this one." })),
      retry_of: nullable(Type.String({ description: "The run that this one repeats." })),
      created_by: Type.String(),
      attempt: Type.Integer({ description: "The attempt under way, or the last one; 0 before the first." }),
      max_attempts: Type.Integer(),
      timeout_seconds: Type.Integer(),
      executor: nullable(Type.String({ description: "Who has it, or had it." })),
      cancel_requested: Type.Boolean(),
      exit_code: nullable(Type.Integer()),
      rows_written: nullable(Type.Integer()),
      created_at: time("When it was accepted."),
      started_at: nullable(time("When the attempt started.")),
      finished_at: nullable(time("When the run ended.")),
      duration_ms: nullable(Type.Integer()),
    },
    { $id: "Run", description: "A run of a pipeline." },
  ),
  RunAttempt: Type.Object(
    {
      attempt: Type.Integer(),
      state: Type.Enum(["success", "failed", "cancelled", "lost"]),
      executor: nullable(Type.String()),
      error: Type.String(),
      exit_code: nullable(Type.Integer()),
      started_at: nullable(time("When it started.")),
      finished_at: time("When it ended."),
    },
    { $id: "RunAttempt", description: "An attempt of a run that has ended." },
  ),
  RunLogLine: Type.Object(
    {
      attempt: Type.Integer(),
      offset: Type.Integer({ description: "Number of the line within its attempt, from 0." }),
      at: time("When it was written."),
      level: Type.String(),
      message: Type.String(),
    },
    { $id: "RunLogLine", description: "One line of a run's output." },
  ),
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
  ApiKey: Type.Object(apiKeyFields, { $id: "ApiKey", description: "An API key, without its secret." }),
  MadeApiKey: Type.Object(
    { ...apiKeyFields, key: Type.String({ description: "The key. Secret, and shown this once." }) },
    { $id: "MadeApiKey", description: "An API key that was made or rotated just now." },
  ),
  Lease: Type.Object(
    {
      id: Type.String(),
      state: Type.Enum([...LEASE_STATES]),
      user_id: Type.String(),
      run_id: nullable(Type.String({ description: "The run that has them; null for a person." })),
      provider: Type.Enum([...CLOUD_PROVIDERS]),
      resource_type: Type.String(),
      resource_id: Type.String(),
      access: Type.Enum([...CLOUD_ACCESS]),
      scopes: Type.Array(Type.Object({ resource: Type.String(), access: Type.Enum([...CLOUD_ACCESS]) })),
      plugin: Type.String(),
      renewable: Type.Boolean(),
      revocable: Type.Boolean(),
      issued_at: time("When they were asked for."),
      renewed_at: nullable(time("When they were renewed last.")),
      expires_at: nullable(time("When they end.")),
      revoked_at: nullable(time("When the lease was revoked.")),
      revoked_by: nullable(Type.String()),
      reason: Type.String({ description: "Why it failed, or what revoking it could not do; may be empty." }),
    },
    { $id: "Lease", description: "Credentials that somebody was given, without the secret." },
  ),
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
  ...pipelineShapes,
  ...auditShapes,
} as const;

/** What requests send. */
export const bodies = {
  share: Type.Object({
    grantee_id: name("Who receives access."),
    grantee_type: Type.Optional(Type.Enum(["user", "role"], { default: "user" })),
    resource_type: name("For example pipeline, table, namespace."),
    resource_id: name("The thing."),
    permission: Type.Enum(["read", "write", "admin"]),
    expires_at: Type.Optional(time("When the grant ends by itself.")),
  }),
  transfer: Type.Object({
    resource_type: name("For example pipeline, table, namespace."),
    resource_id: name("The thing."),
    to_user_id: name("The next owner."),
    from_user_id: Type.Optional(name("The owner now; default: the caller.")),
  }),
  check: Type.Object({
    action: Type.Optional(name("For example read, write, share.")),
    resource_type: Type.Optional(name("For example pipeline, table, namespace.")),
    resource_id: Type.Optional(resourceId),
    checks: Type.Optional(
      Type.Array(
        Type.Object({
          action: name("For example read, write, share."),
          resource_type: name("For example pipeline, table, namespace."),
          resource_id: resourceId,
        }),
        { minItems: 1, maxItems: MAX_CHECKS, description: "Several questions in place of one." },
      ),
    ),
  }),
  run: Type.Object({
    namespace: Type.Optional(resourceName("The namespace; default: `default`.")),
    layer,
    pipeline: resourceName("The name of the pipeline."),
    version: Type.Optional(
      Type.Integer({
        description: "A version; default: the published one.",
        minimum: 1,
        maximum: 2147483647,
      }),
    ),
    env: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]{0,127}$" }),
        Type.String({ maxLength: 32_768, pattern: "^[^\\u0000]*$" }),
        { description: "Further environment of the run.", maxProperties: 200 },
      ),
    ),
    priority: Type.Optional(
      Type.Integer({
        description: "Higher runs first; default: that of the version.",
        minimum: -100,
        maximum: 100,
      }),
    ),
  }),
  credentials: Type.Object({
    provider: Type.Optional(
      Type.Enum([...CLOUD_PROVIDERS], { description: "Default: runs.credentials.provider of rat.yaml." }),
    ),
    resource_type: Type.Enum(["namespace", "pipeline", "table"]),
    resource_id: name("The name of the namespace, or namespace/layer/name."),
    access: Type.Optional(Type.Enum([...CLOUD_ACCESS], { default: "read" })),
  }),
  explain: Type.Object({
    user_id: name("Whose access."),
    roles: Type.Optional(
      Type.Array(name("A role."), { maxItems: 1000, description: "The roles of that user." }),
    ),
    action: name("For example read, write, share."),
    resource_type: name("For example pipeline, table, namespace."),
    resource_id: Type.Optional(resourceId),
  }),
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
};

type Schemas = typeof schemas;
/** The value of a shape. */
export type Shape<Name extends keyof Schemas> = Static<Schemas[Name]>;

/** A reference to a shared shape, typed as the shape itself. */
export function shape<Name extends keyof Schemas>(name: Name) {
  return Type.Unsafe<Shape<Name>>({ $ref: `${name}#` });
}

/** The error answers that every route behind the auth slot may give. */
export const problems = { "4xx": shape("Problem"), "5xx": shape("Problem") };
