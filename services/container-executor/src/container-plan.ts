import type { ContainerCreateOptions } from "dockerode";
import type { ExecutorConfig } from "./config.ts";
import type { ImageFacts } from "./image-policy.ts";
import { labelsOf } from "./run-labels.ts";
import type { RunOrder } from "./run-order.ts";
import { JOB_FOLDER, WORKSPACE_FOLDER } from "./sql-job.ts";

/** Where a run finds renewed credentials. */
export const CREDENTIALS_FOLDER = "/run/rat";
/** The name of the file in {@link CREDENTIALS_FOLDER}. */
export const CREDENTIALS_FILE = "credentials.json";

const MIB = 1024 * 1024;
const MAX_OPEN_FILES = 4096;
/** The log on disk holds two files of this many times the limit: escaping and framing take room too. */
const LOG_FILE_FACTOR = 4;

/** What of the surroundings goes into a container. All of it was made, or checked, by the executor. */
export interface ContainerSurroundings {
  readonly image: ImageFacts;
  /** The folder of the namespace on the engine's host. */
  readonly workspace: string | undefined;
  readonly network: string | undefined;
  readonly credentialsVolume: string | undefined;
  readonly jobVolume: string | undefined;
}

/**
 * The whole of what the engine is told about a run's container. The request has a say in image, arguments, environment
 * and, within maxima, in limits; nothing of it can reach a privilege, a device, a namespace of the host or a mount.
 */
export function planContainer(
  order: RunOrder,
  around: ContainerSurroundings,
  config: ExecutorConfig,
): ContainerCreateOptions {
  const [program, ...args] = order.argv;
  return {
    Image: around.image.id,
    Entrypoint: [program],
    Cmd: args,
    User: config.user,
    Env: Object.entries(environmentOf(order, around)).map(([name, value]) => `${name}=${value}`),
    Labels: labelsOf(order, around.image.id, config),
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    OpenStdin: false,
    Tty: false,
    StopSignal: "SIGTERM",
    // The image's own check would run beside the command, outside what this executor reports.
    Healthcheck: { Test: ["NONE"] },
    HostConfig: hostConfigOf(order, around, config),
  };
}

/** The library's types leave this one out. */
type HostConfig = NonNullable<ContainerCreateOptions["HostConfig"]> & { readonly CgroupnsMode: "private" };

function hostConfigOf(order: RunOrder, around: ContainerSurroundings, config: ExecutorConfig): HostConfig {
  const { memory_mb: memoryMb, cpus, pids, disk_mb: diskMb } = order.limits;
  const scratch = `rw,nosuid,nodev,size=${diskMb}m,mode=1777`;
  return {
    Init: true,
    AutoRemove: false,
    RestartPolicy: { Name: "no" },
    Privileged: false,
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    NetworkMode: around.network ?? "none",
    IpcMode: "private",
    CgroupnsMode: "private",
    ShmSize: 16 * MIB,
    Memory: memoryMb * MIB,
    MemorySwap: memoryMb * MIB,
    NanoCpus: Math.round(cpus * 1e9),
    PidsLimit: pids,
    OomScoreAdj: 500,
    Ulimits: [
      { Name: "nofile", Soft: MAX_OPEN_FILES, Hard: MAX_OPEN_FILES },
      { Name: "core", Soft: 0, Hard: 0 },
    ],
    LogConfig: {
      Type: "json-file",
      Config: { "max-size": `${LOG_FILE_FACTOR * config.log_limit_mb}m`, "max-file": "2" },
    },
    // Volumes that the image declares would be folders of the host without a size.
    Tmpfs: Object.fromEntries(["/tmp", ...around.image.volumes].map((path) => [path, scratch])),
    Mounts: mountsOf(around),
  };
}

function environmentOf(order: RunOrder, around: ContainerSurroundings): Record<string, string> {
  return {
    HOME: "/tmp",
    ...order.env,
    ...order.credentials,
    RAT_RUN_ID: order.run,
    RAT_ATTEMPT: order.attempt,
    RAT_NAMESPACE: order.namespace,
    RAT_LAYER: order.layer,
    RAT_PIPELINE: order.pipeline,
    ...(around.workspace === undefined ? {} : { RAT_WORKSPACE: WORKSPACE_FOLDER }),
    ...(around.credentialsVolume === undefined
      ? {}
      : { RAT_CREDENTIALS_FILE: `${CREDENTIALS_FOLDER}/${CREDENTIALS_FILE}` }),
  };
}

function mountsOf(
  around: ContainerSurroundings,
): NonNullable<ContainerCreateOptions["HostConfig"]>["Mounts"] {
  const volume = (source: string | undefined, target: string) =>
    source === undefined ? [] : [{ Type: "volume" as const, Source: source, Target: target }];
  return [
    ...volume(around.credentialsVolume, CREDENTIALS_FOLDER),
    ...volume(around.jobVolume, JOB_FOLDER),
    ...(around.workspace === undefined
      ? []
      : [
          {
            Type: "bind" as const,
            Source: around.workspace,
            Target: WORKSPACE_FOLDER,
            BindOptions: { Propagation: "rprivate" as const },
          },
        ]),
  ];
}
