import { isDeepStrictEqual } from "node:util";
import {
  ApiError,
  type Change,
  type Client,
  type NewTrigger,
  type PipelineDetail,
  type Trigger,
} from "@rat/client";
import type { WantedPipeline } from "./pipeline-file.ts";
import { pipelineText } from "./pipeline-ref.ts";

/** What became of one pipeline of a file, or would become of it. */
export interface Applied {
  readonly pipeline: string;
  readonly action: "created" | "updated" | "published" | "unchanged";
  readonly version: number;
  readonly published_version: number | null;
  readonly changes: readonly Change[];
  readonly triggers_created: number;
  readonly triggers_unchanged: number;
  /** Triggers whose `paused` was brought in line. */
  readonly triggers_changed: number;
}

/** How to apply. */
export interface ApplyOptions {
  readonly publish: boolean;
  readonly message: string | undefined;
}

/** One pipeline with what is to be done. */
export interface Planned {
  readonly wanted: WantedPipeline;
  readonly exists: boolean;
  readonly action: Applied["action"];
  readonly version: number;
  readonly publishedVersion: number | null;
  readonly changes: readonly Change[];
  readonly newTriggers: readonly NewTrigger[];
  readonly kept: readonly { readonly wanted: NewTrigger; readonly present: Trigger }[];
}

/** Asks ratd what would change; throws its refusal with file, pipeline and field. Changes nothing. */
export async function planPipeline(
  client: Client,
  wanted: WantedPipeline,
  { publish }: ApplyOptions,
): Promise<Planned> {
  return named(wanted, async () => {
    const before = await find(client, wanted);
    const present =
      before === undefined
        ? []
        : await client.triggers.list({
            namespace: wanted.ref.namespace,
            layer: wanted.ref.layer,
            pipeline: wanted.ref.name,
          });
    const plan =
      before === undefined
        ? await client.pipelines.planCreate({ ...wanted.pipeline, publish })
        : await client.pipelines.planPut(wanted.ref, { ...change(wanted), publish });
    const free = [...present];
    const kept: { wanted: NewTrigger; present: Trigger }[] = [];
    const newTriggers = wanted.triggers.filter((trigger) => {
      const at = free.findIndex((candidate) => matches(trigger, candidate));
      const [found] = at === -1 ? [] : free.splice(at, 1);
      if (found !== undefined) kept.push({ wanted: trigger, present: found });
      return found === undefined;
    });
    const isPublished = plan.published_version === before?.published_version;
    const same = plan.changes.length === 0 ? (isPublished ? "unchanged" : "published") : "updated";
    return {
      wanted,
      exists: before !== undefined,
      action: before === undefined ? "created" : same,
      version: plan.version,
      publishedVersion: plan.published_version,
      changes: plan.changes,
      newTriggers,
      kept,
    };
  });
}

/** Carries out the pipeline's part of a plan. */
export async function applyPipeline(
  client: Client,
  { wanted, exists, action }: Planned,
  { publish, message }: ApplyOptions,
): Promise<void> {
  if (action === "unchanged") return;
  const more = { publish, ...(message === undefined ? {} : { message }) };
  await named<unknown>(wanted, () =>
    exists
      ? client.pipelines.put(wanted.ref, { ...change(wanted), ...more })
      : client.pipelines.create({ ...wanted.pipeline, ...more }),
  );
}

/** Carries out the triggers' part of a plan, whose upstream pipelines are there by then. Answers the webhooks it made. */
export async function applyTriggers(
  client: Client,
  { wanted, newTriggers, kept }: Planned,
): Promise<readonly string[]> {
  return named(wanted, async () => {
    const webhooks: string[] = [];
    for (const trigger of newTriggers) {
      const { id } = await client.triggers.create(wanted.ref, trigger);
      if (trigger.kind === "webhook") webhooks.push(id);
    }
    for (const { wanted: trigger, present } of kept.filter(isPausedOtherwise)) {
      if (trigger.paused === true) await client.triggers.pause(present.id);
      else await client.triggers.resume(present.id);
    }
    return webhooks;
  });
}

/** The outcome of a plan. */
export function appliedOf(plan: Planned): Applied {
  const changed = plan.kept.filter(isPausedOtherwise).length;
  return {
    pipeline: pipelineText(plan.wanted.ref),
    action: plan.action,
    version: plan.version,
    published_version: plan.publishedVersion,
    changes: plan.changes,
    triggers_created: plan.newTriggers.length,
    triggers_unchanged: plan.kept.length - changed,
    triggers_changed: changed,
  };
}

function isPausedOtherwise({ wanted, present }: Planned["kept"][number]): boolean {
  return wanted.paused !== undefined && wanted.paused !== present.paused;
}

/** Keys that a description leaves out have the value that ratd gave them. */
function matches({ kind, config = {} }: NewTrigger, present: Trigger): boolean {
  return (
    present.kind === kind &&
    Object.entries(config).every(([key, value]) => isDeepStrictEqual(present.config[key], value))
  );
}

async function find(client: Client, { ref }: WantedPipeline): Promise<PipelineDetail | undefined> {
  try {
    return await client.pipelines.get(ref);
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 404) return undefined;
    throw error;
  }
}

/** What is sent to change a pipeline: its name is in the path. */
function change({ pipeline }: WantedPipeline) {
  const { namespace: _namespace, layer: _layer, name: _name, ...rest } = pipeline;
  return rest;
}

/** A refusal of ratd in the words of the file: which file, which pipeline, which field. */
async function named<Result>(wanted: WantedPipeline, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { problem } = error;
    const fields = problem.violations.map(({ pointer, message }) => `${fieldOf(pointer, wanted)} ${message}`);
    const detail = fields.length === 0 ? problem.detail : fields.join("; ");
    throw new ApiError({ ...problem, detail: `${wanted.where}: ${detail}`, violations: [] });
  }
}

function fieldOf(pointer: string, { sqlFile }: WantedPipeline): string {
  if (pointer === "/spec/sql" && sqlFile !== undefined) return `sql_file ${sqlFile}`;
  return pointer.replace(/^\//u, "").replaceAll("/", ".");
}
