import {
  EngineError,
  OWNER_LABEL,
  RUN_LABEL,
  type ContainerFile,
  type ContainerPlan,
  type ContainerState,
  type Engine,
  type EngineBelonging,
  type EngineContainer,
  type ImageFacts,
  type ListedContainer,
  type LogPiece,
} from "@rat/executor-kit";
import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import { planContainer, volumeNameOf, volumeOptionsOf } from "./container-plan.ts";
import { answer, ASK_MS, inTime, known, unless, within, WORK_MS } from "./docker-calls.ts";
import { dockerError } from "./docker-error.ts";
import { readLogFrames } from "./log-frames.ts";
import { firstFileOf, packTar } from "./tar.ts";

/** How long it may take to fetch an image. */
const PULL_MS = 30 * 60_000;
/** Room in an archive beside the file that is in it, in bytes. */
const ARCHIVE_BYTES = 4096;

type Labels = Record<string, string>;

/** A Docker engine. Private folders are volumes; the network of a container has its name. */
export class DockerEngine implements Engine {
  readonly name = "the Docker engine";
  readonly #docker: Docker;

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  async missingLimits(): Promise<readonly string[]> {
    const info: Readonly<Record<string, unknown>> = await answer(inTime(this.#docker.info()));
    const needed = { MemoryLimit: "memory", SwapLimit: "swap", PidsLimit: "pids", CpuCfsQuota: "cpus" };
    return Object.entries(needed).flatMap(([key, name]) => (info[key] === false ? [name] : []));
  }

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

  async pull(reference: string): Promise<void> {
    const progress = await answer(this.#docker.pull(reference, { abortSignal: within(PULL_MS) }));
    const done = Promise.withResolvers<void>();
    this.#docker.modem.followProgress(progress, (error) => (error ? done.reject(error) : done.resolve()));
    await answer(done.promise);
  }

  async create(plan: ContainerPlan): Promise<string> {
    await this.#createBelongings(plan);
    // By default the library repeats the body, with its environment, in the address, where logs of engines show it.
    const request = {
      _query: { name: plan.name },
      _body: planContainer(plan),
      abortSignal: within(WORK_MS),
    };
    return (await answer(this.#docker.createContainer(request))).id;
  }

  async start(id: string): Promise<void> {
    await unless(304, answer(this.#docker.getContainer(id).start({ abortSignal: within(WORK_MS) })));
  }

  async signal(id: string, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const sent = this.#docker.getContainer(id).kill({ signal, abortSignal: within(ASK_MS) });
    await answer(sent).catch((error: unknown) => {
      const { code } = dockerError(error);
      if (code !== "conflict" && code !== "not_found") throw error;
    });
  }

  async look(idOrName: string): Promise<EngineContainer | undefined> {
    const found = await known(
      inTime(this.#docker.getContainer(idOrName).inspect({ abortSignal: within(ASK_MS) })),
    );
    if (found === undefined) return undefined;
    return { id: found.Id, labels: found.Config.Labels, state: stateOf(found.State) };
  }

  async watch(id: string, signal: AbortSignal): Promise<void> {
    const wait = this.#docker.getContainer(id).wait({ condition: "not-running", abortSignal: signal });
    // The library's call never settles when the signal comes after the head of the answer, which the engine sends at once.
    const left = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => left.reject(signal.reason), { once: true });
    wait.catch(() => undefined);
    await known(Promise.race([wait, left.promise]));
  }

  async *logs(id: string, follow: boolean, signal: AbortSignal): AsyncGenerator<LogPiece> {
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
      if (error) answered.reject(dockerError(error));
      else answered.resolve(stream as AsyncIterable<Buffer>);
    });
    yield* readLogFrames(await answered.promise);
  }

  /** A volume takes an archive; the read-only root of the container is out of reach. */
  async putFiles(id: string, folder: string, files: readonly ContainerFile[]): Promise<void> {
    const request = { path: folder, abortSignal: within(WORK_MS) };
    await answer(this.#docker.getContainer(id).putArchive(packTar(files), request));
  }

  async readFile(id: string, path: string, maxBytes: number): Promise<Buffer | undefined> {
    const stream = await known(
      this.#docker.getContainer(id).getArchive({ path, abortSignal: within(WORK_MS) }),
    );
    if (stream === undefined) return undefined;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes + ARCHIVE_BYTES)
        throw new EngineError("refused", `${path} is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return firstFileOf(Buffer.concat(chunks));
  }

  async remove(idOrName: string, force: boolean): Promise<void> {
    await known(this.#docker.getContainer(idOrName).remove({ v: true, force, abortSignal: within(WORK_MS) }));
  }

  async removeBelongings(name: string, folders: readonly string[]): Promise<void> {
    for (const folder of folders) await this.#removeVolume(volumeNameOf(name, folder));
    await this.#removeNetwork(name);
  }

  async list(instance: string): Promise<readonly ListedContainer[]> {
    const request = { all: true, filters: ownedBy(instance), abortSignal: within(ASK_MS) };
    const list = await answer(this.#docker.listContainers(request));
    return list.map(({ Id, State, Labels }) => ({ id: Id, labels: Labels, started: State !== "created" }));
  }

  async belongings(instance: string): Promise<readonly EngineBelonging[]> {
    const request = { filters: ownedBy(instance), abortSignal: within(ASK_MS) };
    const volumes = await answer(this.#docker.listVolumes(request));
    const networks = await answer(this.#docker.listNetworks(request));
    const runOf = (labels: Readonly<Labels> | undefined): string => labels?.[RUN_LABEL] ?? "";
    return [
      // The engine says null for none.
      ...(volumes.Volumes ?? []).map(({ Name, Labels }) => ({
        runId: runOf(Labels),
        remove: () => this.#removeVolume(Name),
      })),
      ...networks.map(({ Name, Labels }) => ({
        runId: runOf(Labels),
        remove: () => this.#removeNetwork(Name),
      })),
    ];
  }

  /** What is there already, from an attempt before, stays as it is. */
  async #createBelongings({ name, labels, user, network, privateFolders }: ContainerPlan): Promise<void> {
    const owner: Labels = { [OWNER_LABEL]: labels[OWNER_LABEL] ?? "", [RUN_LABEL]: labels[RUN_LABEL] ?? "" };
    try {
      if (network === "own") await this.#createNetwork(name, owner);
      for (const folder of privateFolders) {
        await this.#createVolume(volumeNameOf(name, folder.name), volumeOptionsOf(folder, user), owner);
      }
    } catch (error) {
      const { code, message } = dockerError(error);
      // A conflict is about containers: whoever hears of one looks for the container that is there.
      throw code === "conflict" ? new EngineError("refused", message, { cause: error }) : error;
    }
  }

  async #createVolume(
    name: string,
    options: Readonly<Record<string, string>>,
    labels: Labels,
  ): Promise<void> {
    const body = { Name: name, Driver: "local", DriverOpts: options, Labels: labels };
    const request = { _query: {}, _body: body, abortSignal: within(WORK_MS) };
    await answer(this.#docker.createVolume(request));
  }

  async #createNetwork(name: string, labels: Labels): Promise<void> {
    const options = { "com.docker.network.bridge.enable_icc": "false" };
    const body = { Name: name, CheckDuplicate: true, Driver: "bridge", Options: options, Labels: labels };
    const request = { Name: name, _query: {}, _body: body, abortSignal: within(WORK_MS) };
    await unless(409, answer(this.#docker.createNetwork(request)));
  }

  async #removeVolume(name: string): Promise<void> {
    await known(this.#docker.getVolume(name).remove({ abortSignal: within(WORK_MS) }));
  }

  async #removeNetwork(name: string): Promise<void> {
    await known(this.#docker.getNetwork(name).remove({ abortSignal: within(WORK_MS) }));
  }
}

function ownedBy(instance: string): { readonly label: string[] } {
  return { label: [`${OWNER_LABEL}=${instance}`] };
}

function stateOf(state: ContainerInspectInfo["State"]): ContainerState {
  if (state.Running) return { phase: "running" };
  if (state.Status === "created") return { phase: "created" };
  return {
    phase: "ended",
    end: {
      exitCode: state.ExitCode,
      outOfMemory: state.OOMKilled,
      error: state.Error,
      startedAt: new Date(state.StartedAt),
      finishedAt: new Date(state.FinishedAt),
    },
  };
}
