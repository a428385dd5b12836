import { Type, type Static } from "typebox";
import { NAME_PATTERN } from "../../pipeline-id.ts";
import { ISOLATIONS, PIPELINE_KINDS } from "../../pipelines/pipeline.ts";
import { pageQuery } from "../kit/cursor.ts";
import { json, layer, nullable, resourceName, text, time } from "../kit/fields.ts";
import { description, maxRunning } from "../namespaces/namespaces-shapes.ts";

const kind = Type.Enum([...PIPELINE_KINDS]);
const isolation = Type.Enum([...ISOLATIONS]);

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

/** The shapes of pipelines and their versions. */
export const pipelinesShapes = {
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

/** What requests about pipelines send. */
export const pipelinesBodies = {
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
};

/** A pipeline as paths name it. */
export const pipelineParams = Type.Object({
  namespace: resourceName("The namespace."),
  layer,
  name: resourceName("The pipeline."),
});

/** A version as paths name it. */
export const versionParams = Type.Object({
  ...pipelineParams.properties,
  version: Type.String({ pattern: "^[1-9][0-9]{0,8}$" }),
});

/** Which pipelines are wanted. */
export const pipelinesQuery = Type.Object({
  namespace: Type.Optional(Type.String({ pattern: NAME_PATTERN })),
  layer: Type.Optional(layer),
  kind: Type.Optional(kind),
  q: Type.Optional(text("A part of the name or the description.", 200)),
  ...pageQuery,
});

/** Whether to do what is asked for. */
export const dryRunQuery = Type.Object({
  dry_run: Type.Optional(Type.Enum(["true", "false"], { description: "Only say what would change." })),
});

const versionNumber = Type.Optional(Type.String({ pattern: "^[1-9][0-9]{0,8}$" }));

/** Which versions to compare. */
export const diffQuery = Type.Object({ from: versionNumber, to: versionNumber });
