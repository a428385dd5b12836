import type { ContainerPlan, PrivateFolder } from "@rat/executor-kit";
import type { ContainerCreateOptions } from "dockerode";

const MIB = 1024 * 1024;
const MAX_OPEN_FILES = 4096;
/** The log on disk holds two files of this many times the limit: escaping and framing take room too. */
const LOG_FILE_FACTOR = 4;

/** The name that a private folder has as a volume of the engine. */
export function volumeNameOf(container: string, folder: string): string {
  return `${container}-${folder}`;
}

/** How the engine makes the volume of a private folder. */
export function volumeOptionsOf(
  { kept }: PrivateFolder,
  [uid, gid]: ContainerPlan["user"],
): Readonly<Record<string, string>> {
  if (kept === "on disk") return {};
  const memory = `size=256k,uid=${uid},gid=${gid},mode=0700,nosuid,nodev,noexec`;
  return { type: "tmpfs", device: "tmpfs", o: memory };
}

/** A plan in Docker's words: the whole of what the engine is told about a run's container. */
export function planContainer(plan: ContainerPlan): ContainerCreateOptions {
  const [program, ...args] = plan.argv;
  return {
    Image: plan.image.id,
    Entrypoint: [program],
    Cmd: args,
    User: plan.user.join(":"),
    Env: Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
    Labels: plan.labels,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    OpenStdin: false,
    Tty: false,
    StopSignal: "SIGTERM",
    // The image's own check would run beside the command, outside what this executor reports.
    Healthcheck: { Test: ["NONE"] },
    HostConfig: hostConfigOf(plan),
  };
}

/** The library's types leave this one out. */
type HostConfig = NonNullable<ContainerCreateOptions["HostConfig"]> & { readonly CgroupnsMode: "private" };

function hostConfigOf(plan: ContainerPlan): HostConfig {
  const { memory_mb: memoryMb, cpus, pids, disk_mb: diskMb } = plan.limits;
  const scratch = `rw,nosuid,nodev,size=${diskMb}m,mode=1777`;
  return {
    Init: true,
    AutoRemove: false,
    RestartPolicy: { Name: "no" },
    Privileged: false,
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    NetworkMode: plan.network === "own" ? plan.name : "none",
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
      Config: { "max-size": `${LOG_FILE_FACTOR * plan.logLimitMb}m`, "max-file": "2" },
    },
    Tmpfs: Object.fromEntries(plan.scratch.map((path) => [path, scratch])),
    Mounts: mountsOf(plan),
  };
}

function mountsOf({ name, privateFolders, hostFolder }: ContainerPlan): NonNullable<HostConfig["Mounts"]> {
  return [
    ...privateFolders.map((folder) => ({
      Type: "volume" as const,
      Source: volumeNameOf(name, folder.name),
      Target: folder.path,
    })),
    ...(hostFolder === undefined
      ? []
      : [
          {
            Type: "bind" as const,
            Source: hostFolder.source,
            Target: hostFolder.path,
            BindOptions: { Propagation: "rprivate" as const },
          },
        ]),
  ];
}
