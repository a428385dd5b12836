import type { ExecutorSettings } from "./executor-settings.ts";
import type { RunOrder } from "./run-order.ts";

/** The label by which an executor knows what it made. Its value is the instance. */
export const OWNER_LABEL = "rat.executor";
/** The label that names the run of a container, volume or network. */
export const RUN_LABEL = "rat.run-id";
/** The label that names the image as it was asked for, and its id. */
export const IMAGE_LABEL = "rat.image";

/** What the labels of a container say about its run: enough to take it over without its request. */
export interface RunRecord {
  readonly runId: string;
  /** The epoch that started it; a later one is known to ratd alone. */
  readonly epoch: bigint;
  readonly deadline: Date | undefined;
  readonly memoryMb: number;
  readonly sql: boolean;
  readonly credentials: boolean;
}

/** The labels of a run's container. They hold nothing secret. */
export function labelsOf(
  order: RunOrder,
  imageId: string,
  { instance }: ExecutorSettings,
): Record<string, string> {
  return {
    [OWNER_LABEL]: instance,
    [RUN_LABEL]: order.runId,
    "rat.run": order.run,
    "rat.attempt": order.attempt,
    "rat.epoch": String(order.epoch),
    "rat.namespace": order.namespace,
    "rat.pipeline": order.pipeline,
    [IMAGE_LABEL]: imageText(order.image, imageId),
    "rat.memory-mb": String(order.limits.memory_mb),
    ...(order.deadline === undefined ? {} : { "rat.deadline": order.deadline.toISOString() }),
    ...(order.job === undefined ? {} : { "rat.kind": "sql" }),
    ...(Object.keys(order.credentials).length === 0 ? {} : { "rat.credentials": "file" }),
  };
}

/** The image of a run as its log and its labels name it. */
export function imageText(asked: string, imageId: string): string {
  return asked === imageId ? imageId : `${asked} (${imageId})`;
}

/** What an order says, as its labels will. */
export function recordOf(order: RunOrder): RunRecord {
  return {
    runId: order.runId,
    epoch: order.epoch,
    deadline: order.deadline,
    memoryMb: order.limits.memory_mb,
    sql: order.job !== undefined,
    credentials: Object.keys(order.credentials).length > 0,
  };
}

/** Reads the labels back; undefined when they are not those of a run. */
export function readLabels(labels: Readonly<Record<string, string>>): RunRecord | undefined {
  const runId = labels[RUN_LABEL];
  const epoch = labels["rat.epoch"];
  if (runId === undefined || epoch === undefined || !/^-?\d+$/.test(epoch)) return undefined;
  const deadline = labels["rat.deadline"];
  return {
    runId,
    epoch: BigInt(epoch),
    deadline: deadline === undefined ? undefined : new Date(deadline),
    memoryMb: Number(labels["rat.memory-mb"] ?? 0),
    sql: labels["rat.kind"] === "sql",
    credentials: labels["rat.credentials"] !== undefined,
  };
}
