import type {
  ContainerFile,
  ContainerPlan,
  ContainerState,
  Engine,
  EngineBelonging,
  EngineContainer,
  ImageFacts,
  ListedContainer,
} from "../engine.ts";
import { EngineError } from "../engine-error.ts";
import type { LogPiece } from "../log-lines.ts";
import { OWNER_LABEL, RUN_LABEL } from "../run-labels.ts";

/** What a program of the memory engine sees and may do. */
export interface MemoryProcess {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Files by their whole path. */
  readonly files: Map<string, Buffer>;
  print(level: LogPiece["level"], text: string): void;
  /** Resolves at the first SIGTERM. */
  readonly told: Promise<void>;
}

/** A program by the first word of its argv; answers its exit code. SIGKILL ends it whatever it does. */
export type MemoryProgram = (process: MemoryProcess) => Promise<number>;

/** One container in memory. */
interface Container {
  readonly id: string;
  readonly plan: ContainerPlan;
  state: ContainerState;
  readonly pieces: LogPiece[];
  readonly files: Map<string, Buffer>;
  readonly told: PromiseWithResolvers<void>;
  readonly killed: PromiseWithResolvers<number>;
  readonly ended: PromiseWithResolvers<void>;
  /** Resolves when there is more output, and is replaced. */
  more: PromiseWithResolvers<void>;
}

/** An engine without an engine, for tests: programs are functions, and everything ends with the process. */
export class MemoryEngine implements Engine {
  readonly name = "the memory engine";
  readonly #programs: Readonly<Record<string, MemoryProgram>>;
  readonly #images: readonly ImageFacts[];
  readonly #containers = new Map<string, Container>();
  readonly #belongings = new Map<string, { readonly instance: string; readonly runId: string }>();
  #made = 0;
  /** How many containers were started. */
  starts = 0;
  /** While true, every call fails as if nobody answered. */
  away = false;

  constructor(programs: Readonly<Record<string, MemoryProgram>>, images: readonly ImageFacts[]) {
    this.#programs = programs;
    this.#images = images;
  }

  async missingLimits(): Promise<readonly string[]> {
    return this.#answer(() => []);
  }

  async image(reference: string): Promise<ImageFacts | undefined> {
    return this.#answer(() =>
      this.#images.find(({ id, tags }) => id === reference || tags.includes(reference)),
    );
  }

  async pull(reference: string): Promise<void> {
    return this.#answer(() => {
      throw new EngineError("refused", `there is no registry for ${reference}`);
    });
  }

  async create(plan: ContainerPlan): Promise<string> {
    return this.#answer(() => {
      const owner = { instance: plan.labels[OWNER_LABEL] ?? "", runId: plan.labels[RUN_LABEL] ?? "" };
      if (plan.network === "own") this.#belongings.set(plan.name, owner);
      for (const { name } of plan.privateFolders) this.#belongings.set(`${plan.name}/${name}`, owner);
      if (this.#find(plan.name) !== undefined) throw new EngineError("conflict", `${plan.name} is there`);
      const id = `memory-${(this.#made += 1)}`;
      this.#containers.set(id, {
        id,
        plan,
        state: { phase: "created" },
        pieces: [],
        files: new Map(),
        told: Promise.withResolvers(),
        killed: Promise.withResolvers(),
        ended: Promise.withResolvers(),
        more: Promise.withResolvers(),
      });
      return id;
    });
  }

  async start(id: string): Promise<void> {
    return this.#answer(() => {
      const container = this.#get(id);
      if (container.state.phase === "running") return;
      const [name, ...args] = container.plan.argv;
      const program = this.#programs[name];
      if (program === undefined) throw new EngineError("refused", `${name}: no such program`);
      this.starts += 1;
      container.state = { phase: "running" };
      void this.#carryOut(container, program, args);
    });
  }

  async signal(id: string, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    return this.#answer(() => {
      const container = this.#find(id);
      if (container?.state.phase !== "running") return;
      if (signal === "SIGTERM") container.told.resolve();
      else container.killed.resolve(137);
    });
  }

  async look(idOrName: string): Promise<EngineContainer | undefined> {
    return this.#answer(() => {
      const found = this.#find(idOrName);
      return found && { id: found.id, labels: found.plan.labels, state: found.state };
    });
  }

  async watch(id: string, signal: AbortSignal): Promise<void> {
    const container = await this.#answer(() => this.#find(id));
    if (container?.state.phase !== "running") return;
    signal.throwIfAborted();
    const left = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => left.reject(signal.reason as Error), { once: true });
    await Promise.race([container.ended.promise, left.promise]);
  }

  async *logs(id: string, follow: boolean, signal: AbortSignal): AsyncGenerator<LogPiece> {
    const container = await this.#answer(() => this.#get(id));
    const left = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => left.resolve(), { once: true });
    for (let at = 0; !signal.aborted; at += 1) {
      while (at >= container.pieces.length) {
        if (!follow || container.state.phase === "ended" || signal.aborted) return;
        await Promise.race([container.more.promise, container.ended.promise, left.promise]);
      }
      const piece = container.pieces[at];
      if (piece !== undefined) yield piece;
    }
  }

  async putFiles(id: string, folder: string, files: readonly ContainerFile[]): Promise<void> {
    return this.#answer(() => {
      const container = this.#get(id);
      if (!container.plan.privateFolders.some(({ path }) => path === folder))
        throw new EngineError("refused", `${folder} cannot be written`);
      for (const { path, content } of files) {
        if (content !== undefined) container.files.set(`${folder}/${path}`, content);
      }
    });
  }

  async readFile(id: string, path: string, maxBytes: number): Promise<Buffer | undefined> {
    return this.#answer(() => {
      const file = this.#get(id).files.get(path);
      if (file === undefined || file.length <= maxBytes) return file;
      throw new EngineError("refused", `${path} is larger than ${maxBytes} bytes`);
    });
  }

  async remove(idOrName: string, force: boolean): Promise<void> {
    return this.#answer(() => {
      const container = this.#find(idOrName);
      if (container === undefined) return;
      if (container.state.phase === "running" && !force)
        throw new EngineError("conflict", `${container.plan.name} runs`);
      container.killed.resolve(137);
      this.#containers.delete(container.id);
    });
  }

  async removeBelongings(name: string, folders: readonly string[]): Promise<void> {
    return this.#answer(() => {
      for (const belonging of [name, ...folders.map((folder) => `${name}/${folder}`)])
        this.#removeBelonging(belonging);
    });
  }

  async list(instance: string): Promise<readonly ListedContainer[]> {
    return this.#answer(() =>
      [...this.#containers.values()]
        .filter(({ plan }) => plan.labels[OWNER_LABEL] === instance)
        .map(({ id, plan, state }) => ({ id, labels: plan.labels, started: state.phase !== "created" })),
    );
  }

  async belongings(instance: string): Promise<readonly EngineBelonging[]> {
    return this.#answer(() =>
      [...this.#belongings]
        .filter(([, owner]) => owner.instance === instance)
        .map(([name, { runId }]) => ({
          runId,
          remove: () => this.#answer(() => this.#removeBelonging(name)),
        })),
    );
  }

  async #carryOut(container: Container, program: MemoryProgram, args: readonly string[]): Promise<void> {
    const startedAt = new Date();
    const running = program({
      args,
      env: container.plan.env,
      files: container.files,
      told: container.told.promise,
      print: (level, text) => {
        container.pieces.push({ level, at: new Date(), text });
        container.more.resolve();
        container.more = Promise.withResolvers();
      },
    });
    const exitCode = await Promise.race([running.catch(() => 1), container.killed.promise]);
    const end = { exitCode, outOfMemory: false, error: "", startedAt, finishedAt: new Date() };
    container.state = { phase: "ended", end };
    container.ended.resolve();
  }

  #removeBelonging(name: string): void {
    const [container = ""] = name.split("/");
    if (this.#find(container) !== undefined) throw new EngineError("conflict", `${name} is in use`);
    this.#belongings.delete(name);
  }

  #find(idOrName: string): Container | undefined {
    const byName = () => [...this.#containers.values()].find(({ plan }) => plan.name === idOrName);
    return this.#containers.get(idOrName) ?? byName();
  }

  #get(id: string): Container {
    const container = this.#find(id);
    if (container === undefined) throw new EngineError("not_found", `no such container: ${id}`);
    return container;
  }

  /** In a later turn, as every engine answers. */
  async #answer<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.away) throw new EngineError("unreachable", "ECONNREFUSED");
    return work();
  }
}
