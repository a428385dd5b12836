import type { PipelineLayer, SubmitInput } from "@rat/plugin-sdk";
import { OWN_NAMES, requireEnvironment } from "../checks/environment.ts";
import { refuse, requireText } from "../checks/refuse.ts";
import { parseCommandSpec, type CommandSpec } from "../command/command-spec.ts";
import { parseSqlSpec, type SqlSpec } from "../sql/sql-spec.ts";

/** One run as it is to be carried out: everything that the request says, checked. */
export interface RunOrder {
  readonly runId: string;
  /** The part of the run id before the last dot, and the part after it ("1" without one). */
  readonly run: string;
  readonly attempt: string;
  /** Empty: a command that belongs to no namespace. */
  readonly namespace: string;
  readonly pipeline: string;
  readonly layer: PipelineLayer | undefined;
  readonly deadline: Date | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly work: CommandSpec | SqlSpec;
}

/** Namespaces and pipelines are names of folders and files. */
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const RUN_ID = /^[A-Za-z0-9._:-]{1,200}$/;

/** Reads a request. @throws PluginError `invalid_argument` that names the field. */
export function readRunOrder(input: SubmitInput, now: Date): RunOrder {
  const { runId, namespace, pipelineName: pipeline, layer, deadline, kind } = input;
  if (!RUN_ID.test(runId)) refuse("run_id", `must match ${RUN_ID.source}`);
  if (namespace !== "") requireName("namespace", namespace);
  if (pipeline !== "") requireName("pipeline_name", pipeline);
  if (deadline !== undefined && deadline <= now) refuse("deadline", "has already passed");
  const dot = runId.lastIndexOf(".");
  const base = {
    runId,
    run: dot > 0 ? runId.slice(0, dot) : runId,
    attempt: dot > 0 ? runId.slice(dot + 1) : "1",
    namespace,
    pipeline,
    layer,
    deadline,
    env: requireEnvironment("env", input.env, OWN_NAMES),
  };
  if (kind === "command") return { ...base, work: parseCommandSpec(input.spec) };
  if (kind !== "sql") return refuse("kind", `${JSON.stringify(kind.slice(0, 40))} is not "command" or "sql"`);
  requireName("namespace", namespace);
  requireName("pipeline_name", pipeline);
  if (layer === undefined) refuse("layer", "must be bronze, silver or gold");
  return { ...base, work: parseSqlSpec(input.spec) };
}

/** Credentials by variable name. @throws PluginError `invalid_argument` that names the field, never a value. */
export function readCredentials(input: SubmitInput): Readonly<Record<string, string>> {
  return requireEnvironment("s3_credentials", input.s3Credentials, OWN_NAMES);
}

function requireName(field: string, value: string): void {
  requireText(field, value, 63);
  if (!NAME.test(value)) refuse(field, `must match ${NAME.source}`);
}
