import { Type } from "typebox";
import { ISOLATIONS } from "../../pipelines/pipeline.ts";
import { RUN_STATES, RUN_TRIGGERS } from "../../runs/run.ts";
import { pageQuery } from "../kit/cursor.ts";
import { layer, nullable, resourceName, time } from "../kit/fields.ts";

/** The shapes of runs and their output. */
export const runsShapes = {
  Run: Type.Object(
    {
      id: Type.String(),
      namespace: Type.String(),
      layer,
      pipeline: Type.String(),
      version: Type.Integer({ description: "The version of the pipeline that runs." }),
      kind: Type.String(),
      state: Type.Enum([...RUN_STATES]),
      reason: Type.String({ description: "Why it waits, or why it ended so; may be empty." }),
      isolation: Type.Enum([...ISOLATIONS]),
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
} as const;

/** What requests about runs send. */
export const runsBodies = {
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
};

/** A run as paths name it. */
export const runParams = Type.Object({ id: Type.String({ pattern: "^[0-9a-f]{26}$" }) });

/** Which runs are wanted. */
export const runsQuery = Type.Object({
  namespace: Type.Optional(Type.String({ maxLength: 63 })),
  layer: Type.Optional(layer),
  pipeline: Type.Optional(Type.String({ maxLength: 63 })),
  state: Type.Optional(Type.String({ description: `Some of ${RUN_STATES.join(",")}.`, maxLength: 100 })),
  trigger: Type.Optional(Type.Enum([...RUN_TRIGGERS])),
  created_by: Type.Optional(Type.String({ maxLength: 512 })),
  ...pageQuery,
});

/** Longest time that one call waits for a run, seconds. */
export const MAX_WAIT_SECONDS = 60;

/** How long to wait. */
export const waitQuery = Type.Object({
  seconds: Type.Optional(
    Type.String({
      description: `At most ${MAX_WAIT_SECONDS}, default ${MAX_WAIT_SECONDS}.`,
      pattern: "^[0-9]{1,2}$",
    }),
  ),
});

const number = (description: string) => Type.Optional(Type.String({ description, pattern: "^[0-9]{1,12}$" }));

/** Which lines of a run's output are wanted. */
export const logQuery = Type.Object({
  attempt: number("The attempt; default: the last one."),
  offset: number("The first line wanted, from 0."),
  limit: number("Lines of one page, at most 5000; default 1000."),
  follow: Type.Optional(
    Type.Enum(["true", "false"], { description: "As server-sent events until the run has ended." }),
  ),
});
