import { PluginError, type JsonObject, type SubmitInput } from "@rat/plugin-sdk";
import type { ContainerLimits } from "./engine.ts";
import type { ExecutorSettings } from "./executor-settings.ts";
import { parseArgv, parseEnvironment, parseLimits } from "./parse-spec.ts";
import type { SqlJobFile } from "./sql-job.ts";
import { SQL_ARGV, sqlJobOf, WORKSPACE_FOLDER } from "./sql-run.ts";

/** One run as it is to be carried out: everything that the request says, checked. */
export interface RunOrder {
  readonly runId: string;
  /** The part of the run id before the last dot, and the part after it ("1" without one). */
  readonly run: string;
  readonly attempt: string;
  readonly namespace: string;
  readonly pipeline: string;
  readonly layer: string;
  readonly epoch: bigint;
  readonly deadline: Date | undefined;
  /** The image that is asked for; its policy is still to be applied. */
  readonly image: string;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, string>>;
  readonly network: "none" | "bridge";
  readonly mountWorkspace: boolean;
  readonly limits: ContainerLimits;
  /** What the SQL job reads; undefined for commands. */
  readonly job: SqlJobFile | undefined;
}

/** Namespaces are folder names. */
const NAMESPACE = /^[a-z][a-z0-9_-]{0,62}$/;
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$/;
const MAX_NAME = 256;
/** What the spec of each kind may hold: a misspelt limit, or a wish for a privilege, is never passed over. */
const SPEC_KEYS: Readonly<Record<string, readonly string[]>> = {
  command: ["argv", "image", "env", "network", "limits", "mount_workspace"],
  sql: ["sql", "sources", "preview_rows", "time_zone", "limits"],
};

/** Reads a request. @throws PluginError `invalid_argument` that names the field, `permission_denied` for a network. */
export function readRunOrder(input: SubmitInput, config: ExecutorSettings, now: Date): RunOrder {
  const { runId, namespace, spec, kind, deadline } = input;
  requireText("run_id", runId);
  requireText("pipeline_name", input.pipelineName);
  if (namespace !== "" && !NAMESPACE.test(namespace)) refuse("namespace", `must match ${NAMESPACE.source}`);
  if (deadline !== undefined && deadline <= now) refuse("deadline", "has already passed");
  requireKeys(kind, spec);
  const dot = runId.lastIndexOf(".");
  const base = {
    runId,
    run: dot > 0 ? runId.slice(0, dot) : runId,
    attempt: dot > 0 ? runId.slice(dot + 1) : "1",
    namespace,
    pipeline: input.pipelineName,
    layer: input.layer ?? "",
    epoch: input.epoch,
    deadline,
    credentials: parseEnvironment("s3_credentials", input.s3Credentials),
    limits: parseLimits(spec.limits, kind, config),
  };
  const env = {
    ...parseEnvironment("spec.env", spec.env ?? {}),
    ...parseEnvironment("env", input.env),
  };
  if (kind === "sql") {
    const { sql: image } = config.images;
    if (image === undefined) refuse("kind", "sql needs the executor's setting images.sql");
    if (typeof spec.sql !== "string" || spec.sql === "") refuse("spec.sql", "must be a text");
    if (Array.isArray(spec.sources) && spec.sources.length > 0) {
      refuse(
        "spec.sources",
        "a SQL run in a container has no network: put the files into the namespace first",
      );
    }
    requireNamespace(namespace);
    if (base.layer === "") refuse("layer", "must be set: it says where the result goes");
    return {
      ...base,
      env,
      image,
      argv: SQL_ARGV,
      network: "none",
      mountWorkspace: true,
      job: sqlJobOf({
        runId,
        spec,
        layer: base.layer,
        pipeline: base.pipeline,
        limits: base.limits,
        folder: WORKSPACE_FOLDER,
      }),
    };
  }
  const mountWorkspace = spec.mount_workspace ?? false;
  if (typeof mountWorkspace !== "boolean") refuse("spec.mount_workspace", "must be true or false");
  if (mountWorkspace) requireNamespace(namespace);
  return {
    ...base,
    env,
    image: imageOf(spec.image, config),
    argv: parseArgv(spec.argv),
    network: networkOf(spec.network, config),
    mountWorkspace,
    job: undefined,
  };
}

function requireKeys(kind: string, spec: JsonObject): void {
  const keys = Object.hasOwn(SPEC_KEYS, kind) ? SPEC_KEYS[kind] : undefined;
  if (keys === undefined) return refuse("kind", `must be one of ${Object.keys(SPEC_KEYS).join(", ")}`);
  const unknown = Object.keys(spec).find((key) => !keys.includes(key));
  if (unknown !== undefined) refuse(`spec.${unknown.slice(0, 40)}`, `is not one of ${keys.join(", ")}`);
}

function imageOf(value: unknown, { images }: ExecutorSettings): string {
  if (value === undefined) {
    return images.default ?? refuse("spec.image", "is required: the executor has no images.default");
  }
  if (typeof value !== "string" || !IMAGE.test(value) || /\.\.|\/\//.test(value))
    refuse("spec.image", "must be the name of an image");
  return value;
}

function networkOf(value: unknown, config: ExecutorSettings): "none" | "bridge" {
  if (value === undefined || value === "none") return "none";
  if (value !== "bridge") refuse("spec.network", 'must be "none" or "bridge"');
  if (config.allow_bridge) return "bridge";
  throw new PluginError(
    "permission_denied",
    "spec.network: the executor's setting allow_bridge refuses networks",
  );
}

function requireNamespace(namespace: string): void {
  if (namespace === "") refuse("namespace", "is required where the workspace is mounted");
}

function requireText(field: string, text: string): void {
  // What goes into labels and environment must be one plain line.
  if (text.length > MAX_NAME || /[\u0000-\u001f\u007f]/.test(text)) {
    refuse(field, `must have at most ${MAX_NAME} characters, none of them control characters`);
  }
}

function refuse(field: string, reason: string): never {
  throw new PluginError("invalid_argument", `${field}: ${reason}`);
}
