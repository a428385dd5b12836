import { Type, type Static } from "@rat/plugin-sdk";

const limitsOf = (given: { memory_mb: number; cpus: number; pids: number; disk_mb: number }) =>
  Type.Object(
    {
      memory_mb: Type.Integer({
        minimum: 16,
        default: given.memory_mb,
        description: "Memory, no swap, in MiB.",
      }),
      cpus: Type.Number({
        minimum: 0.01,
        default: given.cpus,
        description: "Processors, 0.5 is half of one.",
      }),
      pids: Type.Integer({ minimum: 4, default: given.pids, description: "Processes and threads." }),
      disk_mb: Type.Integer({ minimum: 1, default: given.disk_mb, description: "Size of /tmp, in MiB." }),
    },
    { default: {} },
  );

/** An image: a name with tag or digest, or the id of a local image. */
const image = Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$" });

/** The settings that every executor on an engine has. docs/how-to/container-executor.md has them as a table. */
export const executorSettings = {
  instance: Type.String({
    pattern: "^[a-z0-9][a-z0-9-]{0,31}$",
    default: "default",
    description: "Whose containers are whose: unique for each executor of an engine.",
  }),
  max_concurrent: Type.Integer({ minimum: 1, maximum: 1000, default: 4, description: "Runs at a time." }),
  user: Type.String({
    pattern: "^[1-9][0-9]{0,5}:[1-9][0-9]{0,5}$",
    default: "65532:65532",
    description: "uid:gid of every run. Never root.",
  }),
  limits: limitsOf({ memory_mb: 512, cpus: 1, pids: 256, disk_mb: 256 }),
  max_limits: limitsOf({ memory_mb: 2048, cpus: 2, pids: 1024, disk_mb: 1024 }),
  images: Type.Object(
    {
      default: Type.Optional(image),
      sql: Type.Optional(image),
      allow: Type.Array(Type.String({ pattern: "^(\\*|[^*\\s]*[^*\\s]|[^*\\s]*[/:@]\\*)$" }), {
        default: [],
        description: "Images that a spec may name: exact, or up to a * after a slash, colon or at sign.",
      }),
      require_digest: Type.Boolean({ default: false, description: "Refuse images named by a mere tag." }),
      pull: Type.Union([Type.Literal("never"), Type.Literal("missing")], { default: "never" }),
    },
    { default: {} },
  ),
  workspace: Type.Optional(
    Type.String({
      pattern: "^/[^:]*[^:/]$",
      description:
        "Folder that holds a folder for each namespace; the same path here and on the engine's host.",
    }),
  ),
  allow_bridge: Type.Boolean({ default: false, description: "Whether a spec may ask for a network." }),
  log_limit_mb: Type.Integer({ minimum: 1, maximum: 100, default: 10, description: "Output kept of a run." }),
  stop_grace_ms: Type.Integer({ minimum: 0, maximum: 600_000, default: 10_000 }),
  retention_s: Type.Integer({
    minimum: 1,
    maximum: 86_400,
    default: 600,
    description: "How long an ended run is remembered, and its container kept unless ratd has its end.",
  }),
  poll_ms: Type.Integer({ minimum: 100, maximum: 60_000, default: 5000 }),
  state_dir: Type.Optional(
    Type.String({
      pattern: "^/",
      description: "Folder for report tokens and epochs, so that a restart of the executor goes unnoticed.",
    }),
  ),
};

/** The settings in force. */
export type ExecutorSettings = Static<ReturnType<typeof asObject>>;

const asObject = () => Type.Object(executorSettings);
