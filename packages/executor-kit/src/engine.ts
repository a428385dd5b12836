import type { LogPiece } from "./log-lines.ts";

/** What is known of an image that is on the engine. */
export interface ImageFacts {
  /** `sha256:…` of the image itself. */
  readonly id: string;
  readonly tags: readonly string[];
  /** `name@sha256:…`; an image that was never pulled or pushed has none. */
  readonly digests: readonly string[];
  /** Folders that the image declares as volumes. */
  readonly volumes: readonly string[];
}

/** What a run may use of its engine. */
export interface ContainerLimits {
  /** Memory without swap, in MiB. */
  readonly memory_mb: number;
  /** Processors; 0.5 is half of one. */
  readonly cpus: number;
  /** Processes and threads. */
  readonly pids: number;
  /** Size of each scratch folder, in MiB. */
  readonly disk_mb: number;
}

/** A folder that is the container's alone, empty at first, and filled by `putFiles`. */
export interface PrivateFolder {
  /** Tells the folders of one container apart, and names them on the engine. */
  readonly name: string;
  /** Where the container sees it. */
  readonly path: string;
  /** In memory it is never on a disk, holds 256 KiB, is the user's alone, and goes with the end of the container. */
  readonly kept: "in memory" | "on disk";
}

/**
 * The whole of what an engine is told about the container of a run. What it does not say is shut: no privilege, no
 * device, no capability, no namespace of the host, a root that cannot be written.
 */
export interface ContainerPlan {
  /** Derived from the run, so that the engine itself refuses a second one. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: ImageFacts;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** uid and gid. */
  readonly user: readonly [number, number];
  readonly limits: ContainerLimits;
  /** How much output the engine must be able to give back, in MiB. */
  readonly logLimitMb: number;
  /** `own`: a network that holds this container alone. */
  readonly network: "none" | "own";
  /** Folders in memory that the container may write to and that hold nothing at first. */
  readonly scratch: readonly string[];
  readonly privateFolders: readonly PrivateFolder[];
  /** A folder of the engine's host, and where the container sees it. */
  readonly hostFolder: { readonly source: string; readonly path: string } | undefined;
}

/** How a container ended. */
export interface EndedState {
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** What the engine itself has to say; empty for nothing. */
  readonly error: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** Where a container stands. */
export type ContainerState =
  | { readonly phase: "created" }
  | { readonly phase: "running" }
  | { readonly phase: "ended"; readonly end: EndedState };

/** One container as the engine shows it. */
export interface EngineContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ContainerState;
}

/** One container of an instance in a list. */
export interface ListedContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** False while it was never started. */
  readonly started: boolean;
}

/** What an engine holds of a run beside its container: private folders, a network. */
export interface EngineBelonging {
  readonly runId: string;
  /** Removes it. One that is in use stays, and that is an error. */
  remove(): Promise<void>;
}

/** A file or folder to put into a private folder. */
export interface ContainerFile {
  /** Path without a leading slash, at most 99 characters. */
  readonly path: string;
  /** Undefined makes a folder. */
  readonly content?: Buffer;
  readonly mode: number;
  /** uid and gid. */
  readonly owner: readonly [number, number];
}

/**
 * Something that carries out containers. Docker is one; a Swarm or a cluster is another. Every call has an end of its
 * own in time, and every error is an EngineError: `unreachable` when nothing is known, the others when the engine said no.
 */
export interface Engine {
  /** For messages: `the Docker engine`. */
  readonly name: string;
  /** Limits that it cannot enforce; empty when it can all. */
  missingLimits(): Promise<readonly string[]>;
  /** An image that it has; undefined when it has not. */
  image(reference: string): Promise<ImageFacts | undefined>;
  /** Fetches an image from its registry. */
  pull(reference: string): Promise<void>;
  /**
   * Makes a container with what belongs to it, without starting it; answers its id.
   *
   * @throws EngineError `conflict` when there is one of that name already.
   */
  create(plan: ContainerPlan): Promise<string>;
  /**
   * Starts a container; one that runs already stays as it is.
   *
   * @throws EngineError when it cannot be started. An engine may also start one without its program, which then ends.
   */
  start(id: string): Promise<void>;
  /** Sends a signal; a container that has ended already, or is gone, is no error. */
  signal(id: string, signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** A container by id or name; undefined when there is none. */
  look(idOrName: string): Promise<EngineContainer | undefined>;
  /** Settles when the container does not run any more, or is gone; rejects when the signal aborts. */
  watch(id: string, signal: AbortSignal): Promise<void>;
  /**
   * The output from its beginning, in the same pieces each time. With `follow` also what comes until the container ends,
   * and perhaps beyond: the stream of one that had ended already may stay open, so it is not for those.
   */
  logs(id: string, follow: boolean, signal: AbortSignal): AsyncIterable<LogPiece>;
  /** Puts files into a private folder of a container. */
  putFiles(id: string, folder: string, files: readonly ContainerFile[]): Promise<void>;
  /** A file of a container that was started; undefined when there is none. @throws EngineError `refused` past the limit. */
  readFile(id: string, path: string, maxBytes: number): Promise<Buffer | undefined>;
  /** Removes a container. Without `force`, a running one stays (`conflict`). One that is gone is no error. */
  remove(idOrName: string, force: boolean): Promise<void>;
  /** Removes the network and those private folders of a container that is gone. What is gone too is no error. */
  removeBelongings(name: string, folders: readonly string[]): Promise<void>;
  /** Every container of an instance, whatever its state. */
  list(instance: string): Promise<readonly ListedContainer[]>;
  /** All that the engine holds of an instance beside containers. */
  belongings(instance: string): Promise<readonly EngineBelonging[]>;
}
