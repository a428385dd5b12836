import { Type, type Static, type TSchema } from "typebox";
import { ISOLATIONS, PIPELINE_KINDS } from "../pipelines/pipeline.ts";
import { LAYERS, NAME_PATTERN } from "../pipeline-id.ts";
import { TRIGGER_KINDS } from "../triggers/trigger.ts";

const time = (description: string) => Type.String({ format: "date-time", description });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const resourceName = (description: string) => Type.String({ description, pattern: NAME_PATTERN });
const json = (description: string) =>
  Type.Unsafe<Record<string, unknown>>({ type: "object", additionalProperties: true, description });
const text = (description: string, maxLength: number) =>
  Type.String({ description, maxLength, pattern: "^[^\\u0000]*$" });
const maxRunning = nullable(
  Type.Integer({ description: "Runs at a time; null is no limit of its own.", minimum: 1, maximum: 100_000 }),
);
const layer = Type.Enum([...LAYERS]);
const kind = Type.Enum([...PIPELINE_KINDS]);
const isolation = Type.Enum([...ISOLATIONS]);
const description = text("What it is for.", 4096);

const pipelineFields = {
  id: Type.String({ description: "`namespace/layer/name`." }),
  namespace: Type.String(),
  layer,
  name: Type.String(),
  description: Type.String(),
  owner: Type.String(),
  max_running: nullable(Type.Integer({ description: "Runs at a time; null is no limit of its own." })),
  kind,
  latest_version: Type.Integer(),
  published_version: nullable(Type.Integer({ description: "The version that runs use that name none." })),
  created_at: time("When it was made."),
  updated_at: time("When it last changed."),
};

const PipelineVersion = Type.Object(
  {
    version: Type.Integer(),
    kind,
    spec: json("Its shape belongs to the kind."),
    isolation,
    timeout_seconds: Type.Integer(),
    max_attempts: Type.Integer(),
    retry_on_failure: Type.Boolean(),
    priority: Type.Integer(),
    message: Type.String(),
    created_by: Type.String(),
    created_at: time("When it was made."),
  },
  { $id: "PipelineVersion", description: "A version of a pipeline; it never changes." },
);

const Change = Type.Object(
  {
    path: Type.String({ description: "JSON pointer." }),
    from: Type.Unknown({ description: "null where there was nothing." }),
    to: Type.Unknown({ description: "null where there is nothing." }),
  },
  { $id: "Change" },
);

const Trigger = Type.Object(
  {
    id: Type.String(),
    pipeline: Type.String({ description: "`namespace/layer/name`." }),
    kind: Type.Enum([...TRIGGER_KINDS]),
    config: json("Its shape belongs to the kind."),
    paused: Type.Boolean(),
    next_fires: Type.Array(time("When it fires."), { description: "The next times, of cron triggers." }),
    last_fired_at: nullable(time("When it last fired.")),
    last_run_id: nullable(Type.String()),
    last_error: Type.String({ description: "Why the last fire started nothing; empty when it did." }),
    created_by: Type.String({ description: "In whose name its runs are." }),
    created_at: time("When it was made."),
    updated_at: time("When it last changed."),
  },
  { $id: "Trigger", description: "What starts runs without a person." },
);

/** The shapes of pipelines, namespaces and triggers. */
export const pipelineShapes = {
  Namespace: Type.Object(
    {
      name: Type.String(),
      description: Type.String(),
      owner: Type.String(),
      max_running: nullable(
        Type.Integer({ description: "Runs at a time; null is the default of rat.yaml." }),
      ),
      created_at: time("When it was made."),
      updated_at: time("When it last changed."),
    },
    { $id: "Namespace", description: "Keeps the pipelines and files of a team apart." },
  ),
  NamespaceFile: Type.Object(
    { path: Type.String(), size: Type.Integer(), modified_at: time("When it was last written.") },
    { $id: "NamespaceFile" },
  ),
  Pipeline: Type.Object(pipelineFields, { $id: "Pipeline", description: "A pipeline without its versions." }),
  PipelineVersion,
  PipelineDetail: Type.Object(
    {
      ...pipelineFields,
      latest: Type.Unsafe<Static<typeof PipelineVersion>>({ $ref: "PipelineVersion#" }),
    },
    { $id: "PipelineDetail", description: "A pipeline with its latest version." },
  ),
  PipelinePlan: Type.Object(
    {
      dry_run: Type.Boolean(),
      new_version: Type.Boolean({ description: "False when the latest version says just this." }),
      version: Type.Integer({ description: "The latest version there would be." }),
      published_version: nullable(Type.Integer({ description: "The version that would be in force." })),
      changes: Type.Array(Type.Unsafe<Static<typeof Change>>({ $ref: "Change#" })),
    },
    { $id: "PipelinePlan", description: "What a change would do; nothing was done." },
  ),
  Change,
  Publication: Type.Object(
    {
      version: Type.Integer(),
      action: Type.Enum(["publish", "rollback"]),
      by: Type.String(),
      at: time("When."),
    },
    { $id: "Publication", description: "A decision about the version in force." },
  ),
  Trigger,
  TriggerSecrets: Type.Object(
    {
      ...Trigger.properties,
      token: nullable(Type.String({ description: "For `Authorization: Bearer`. Shown this once." })),
      secret: nullable(Type.String({ description: "Key of the signatures. Shown this once." })),
    },
    { $id: "TriggerSecrets", description: "A trigger with the secrets of its webhook." },
  ),
  Fired: Type.Object({ run_id: Type.String() }, { $id: "Fired" }),
} as const;

const versionFields = {
  kind,
  spec: json("command: argv, env, image, network, limits. sql: sql, sources, preview_rows, limits."),
  isolation: Type.Optional(Type.Enum([...ISOLATIONS], { default: "process" })),
  timeout_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 604_800, default: 3600 })),
  max_attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 3 })),
  retry_on_failure: Type.Optional(
    Type.Boolean({ description: "Also try again what failed, not just what was lost.", default: false }),
  ),
  priority: Type.Optional(Type.Integer({ minimum: -100, maximum: 100, default: 0 })),
  message: Type.Optional(text("Why this version.", 4096)),
  description: Type.Optional(description),
  max_running: Type.Optional(maxRunning),
};

/** What requests about pipelines, namespaces and triggers send. */
export const pipelineBodies = {
  namespace: Type.Object({
    name: resourceName("Unique."),
    description: Type.Optional(description),
    max_running: Type.Optional(maxRunning),
  }),
  namespaceChange: Type.Object({
    description: Type.Optional(description),
    max_running: Type.Optional(maxRunning),
  }),
  pipeline: Type.Object({
    namespace: Type.Optional(Type.String({ pattern: NAME_PATTERN, default: "default" })),
    layer,
    name: resourceName("Unique in the namespace and layer."),
    ...versionFields,
    publish: Type.Optional(Type.Boolean({ description: "Put version 1 in force.", default: true })),
  }),
  pipelineChange: Type.Object({
    ...versionFields,
    publish: Type.Optional(Type.Boolean({ description: "Put the version in force.", default: false })),
  }),
  version: Type.Object({ version: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })) }),
  trigger: Type.Object({
    kind: Type.Enum([...TRIGGER_KINDS]),
    config: Type.Optional(
      json(
        "cron: schedule, time_zone, catch_up. webhook: verify. upstream: pipeline. event: event, object, min_interval_seconds.",
      ),
    ),
    paused: Type.Optional(Type.Boolean({ default: false })),
  }),
  triggerChange: Type.Object({
    config: Type.Optional(json("Keys to change; null takes one away.")),
    paused: Type.Optional(Type.Boolean()),
  }),
};

/** What paths and queries about pipelines name. */
export const pipelineParams = {
  namespace: Type.Object({ namespace: resourceName("The namespace.") }),
  pipeline: Type.Object({
    namespace: resourceName("The namespace."),
    layer,
    name: resourceName("The pipeline."),
  }),
  version: Type.Object({
    namespace: resourceName("The namespace."),
    layer,
    name: resourceName("The pipeline."),
    version: Type.String({ pattern: "^[1-9][0-9]{0,8}$" }),
  }),
  trigger: Type.Object({ id: Type.String({ pattern: "^trg_[0-9a-f]{24}$" }) }),
};
