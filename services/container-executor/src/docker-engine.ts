import type Docker from "dockerode";
import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import { EngineError } from "./engine-error.ts";
import type { ImageFacts } from "./image-policy.ts";
import { OWNER_LABEL, RUN_LABEL } from "./run-labels.ts";

/** How long the engine may take for a question, in milliseconds. */
const ASK_MS = 10_000;
/** How long it may take to make, start, stop or remove something. */
const WORK_MS = 60_000;
/** How long it may take to fetch an image. */
const PULL_MS = 30 * 60_000;

/** A container of ours, as a list shows it. */
export interface ListedContainer {
  readonly id: string;
  readonly state: string;
  readonly createdAt: Date;
  readonly labels: Readonly<Record<string, string>>;
}

/** A volume or network of ours. */
export interface ListedBelonging {
  readonly name: string;
  readonly runId: string;
}

/** The engine: what the executor needs of it, with deadlines and errors in one form ({@link EngineError}). */
export class DockerEngine {
  readonly #docker: Docker;

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  /** Limits that this engine cannot enforce; empty when it can all. */
  async missingLimits(): Promise<readonly string[]> {
    const info: Readonly<Record<string, unknown>> = await answer(inTime(this.#docker.info()));
    const needed = { MemoryLimit: "memory", SwapLimit: "swap", PidsLimit: "pids", CpuCfsQuota: "cpus" };
    return Object.entries(needed).flatMap(([key, name]) => (info[key] === false ? [name] : []));
  }

  /** An image that is on the engine; undefined when it is not. */
  async image(reference: string): Promise<ImageFacts | undefined> {
    const found = await known(inTime(this.#docker.getImage(reference).inspect()));
    if (found === undefined) return undefined;
    return {
      id: found.Id,
      tags: found.RepoTags ?? [],
      digests: found.RepoDigests ?? [],
      volumes: Object.keys(found.Config?.Volumes ?? {}),
    };
  }

  /** Fetches an image from its registry. */
  async pull(reference: string): Promise<void> {
    const progress = await answer(this.#docker.pull(reference, { abortSignal: within(PULL_MS) }));
    const done = Promise.withResolvers<void>();
    this.#docker.modem.followProgress(progress, (error) => (error ? done.reject(error) : done.resolve()));
    await answer(done.promise);
  }

  /**
   * Makes a container of that name and answers its id.
   *
   * @throws EngineError `conflict` when there is one already.
   */
  async create(name: string, plan: ContainerCreateOptions): Promise<string> {
    // By default the library repeats the body, with its environment, in the address, where logs of engines show it.
    const request = { _query: { name }, _body: plan, abortSignal: within(WORK_MS) };
    return (await answer(this.#docker.createContainer(request))).id;
  }

  /** Starts a container; one that runs already stays as it is. */
  async start(id: string): Promise<void> {
    await unless(304, answer(this.#docker.getContainer(id).start({ abortSignal: within(WORK_MS) })));
  }

  /** Sends a signal; a container that has ended already is no error. */
  async signal(id: string, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const sent = this.#docker.getContainer(id).kill({ signal, abortSignal: within(ASK_MS) });
    await answer(sent).catch((error: unknown) => {
      const { code } = EngineError.from(error);
      if (code !== "conflict" && code !== "not_found") throw error;
    });
  }

  /** A container by id or name; undefined when there is none. */
  inspect(idOrName: string): Promise<ContainerInspectInfo | undefined> {
    return known(inTime(this.#docker.getContainer(idOrName).inspect({ abortSignal: within(ASK_MS) })));
  }

  /** Settles when the container does not run any more, or is gone; rejects when the signal aborts. */
  async ended(id: string, signal: AbortSignal): Promise<void> {
    const wait = this.#docker.getContainer(id).wait({ condition: "not-running", abortSignal: signal });
    // The library's call never settles when the signal comes after the head of the answer, which the engine sends at once.
    const left = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => left.reject(signal.reason), { once: true });
    wait.catch(() => undefined);
    await known(Promise.race([wait, left.promise]));
  }

  /**
   * The output so far, as the engine frames it. With `follow` also what comes until the container ends; of one that had
   * ended when the engine was started anew, some engines then never close the stream, so it is not for ended ones.
   */
  async logs(id: string, follow: boolean, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const answered = Promise.withResolvers<AsyncIterable<Buffer>>();
    // Not the library's own call: without `follow` that collects the whole output in memory.
    const request = {
      path: `/containers/${id}/logs?`,
      method: "GET",
      options: { stdout: true, stderr: true, timestamps: true, follow },
      isStream: true,
      abortSignal: signal,
      statusCodes: { 200: true, 404: "no such container", 500: "server error" },
    };
    this.#docker.modem.dial(request, (error: unknown, stream?: unknown) => {
      if (error) answered.reject(EngineError.from(error));
      else answered.resolve(stream as AsyncIterable<Buffer>);
    });
    return answered.promise;
  }

  /** Unpacks a tar archive in a folder of the container; its read-only root is out of reach, its mounts are not. */
  async write(id: string, path: string, archive: Buffer): Promise<void> {
    await answer(this.#docker.getContainer(id).putArchive(archive, { path, abortSignal: within(WORK_MS) }));
  }

  /** The tar archive of a path in the container; undefined when there is none. */
  async read(id: string, path: string, maxBytes: number): Promise<Buffer | undefined> {
    const stream = await known(
      this.#docker.getContainer(id).getArchive({ path, abortSignal: within(WORK_MS) }),
    );
    if (stream === undefined) return undefined;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new EngineError("refused", `${path} is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** Removes a container with its anonymous volumes. Without `force`, a running one stays (`conflict`). */
  async remove(id: string, force: boolean): Promise<void> {
    await known(this.#docker.getContainer(id).remove({ v: true, force, abortSignal: within(WORK_MS) }));
  }

  /** Makes a volume; one of that name stays as it is. */
  async createVolume(name: string, options: Readonly<Record<string, string>>, labels: Labels): Promise<void> {
    const body = { Name: name, Driver: "local", DriverOpts: options, Labels: labels };
    const request = { _query: {}, _body: body, abortSignal: within(WORK_MS) };
    await answer(this.#docker.createVolume(request));
  }

  /** Makes a network that holds one run; one of that name stays as it is. */
  async createNetwork(name: string, labels: Labels): Promise<void> {
    const options = { "com.docker.network.bridge.enable_icc": "false" };
    const body = { Name: name, CheckDuplicate: true, Driver: "bridge", Options: options, Labels: labels };
    const request = { Name: name, _query: {}, _body: body, abortSignal: within(WORK_MS) };
    await unless(409, answer(this.#docker.createNetwork(request)));
  }

  async removeVolume(name: string): Promise<void> {
    await known(this.#docker.getVolume(name).remove({ abortSignal: within(WORK_MS) }));
  }

  async removeNetwork(name: string): Promise<void> {
    await known(this.#docker.getNetwork(name).remove({ abortSignal: within(WORK_MS) }));
  }

  /** Every container of an instance, whatever its state. */
  async containers(instance: string): Promise<readonly ListedContainer[]> {
    const filters = { label: [`${OWNER_LABEL}=${instance}`] };
    const list = await answer(
      this.#docker.listContainers({ all: true, filters, abortSignal: within(ASK_MS) }),
    );
    return list.map(({ Id, State, Created, Labels }) => ({
      id: Id,
      state: State,
      createdAt: new Date(Created * 1000),
      labels: Labels,
    }));
  }

  /** Every volume of an instance. */
  async volumes(instance: string): Promise<readonly ListedBelonging[]> {
    const filters = { label: [`${OWNER_LABEL}=${instance}`] };
    const list = await answer(this.#docker.listVolumes({ filters, abortSignal: within(ASK_MS) }));
    // The engine says null for none.
    return (list.Volumes ?? []).map(({ Name, Labels }) => ({ name: Name, runId: Labels?.[RUN_LABEL] ?? "" }));
  }

  /** Every network of an instance. */
  async networks(instance: string): Promise<readonly ListedBelonging[]> {
    const filters = { label: [`${OWNER_LABEL}=${instance}`] };
    const list = await answer(this.#docker.listNetworks({ filters, abortSignal: within(ASK_MS) }));
    return list.map(({ Name, Labels }) => ({ name: Name, runId: Labels?.[RUN_LABEL] ?? "" }));
  }
}

type Labels = Record<string, string>;

const within = (ms: number): AbortSignal => AbortSignal.timeout(ms);

/** For the calls whose declaration in the library takes no signal. */
async function inTime<T>(call: Promise<T>): Promise<T> {
  const late = new EngineError("unreachable", `no answer within ${ASK_MS} ms`);
  const timer = Promise.withResolvers<never>();
  const handle = setTimeout(() => timer.reject(late), ASK_MS);
  try {
    return await Promise.race([call, timer.promise]);
  } finally {
    clearTimeout(handle);
  }
}

async function answer<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw EngineError.from(error);
  }
}

async function known<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await answer(call);
  } catch (error) {
    if (error instanceof EngineError && error.code === "not_found") return undefined;
    throw error;
  }
}

async function unless(status: number, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const { cause } = EngineError.from(error);
    if (!(cause instanceof Error && "statusCode" in cause && cause.statusCode === status)) throw error;
  }
}
