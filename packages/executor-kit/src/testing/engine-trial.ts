import { randomBytes } from "node:crypto";
import type { ContainerPlan, EndedState, Engine, EngineBelonging, ImageFacts } from "../engine.ts";
import { EngineError } from "../engine-error.ts";
import { OWNER_LABEL, RUN_LABEL } from "../run-labels.ts";

type Argv = ContainerPlan["argv"];

/** An engine under test, with an image that it has and programs of that image. */
export interface EngineBench extends AsyncDisposable {
  readonly engine: Engine;
  /** The name of an image that the engine has. */
  readonly image: string;
  readonly programs: {
    /** Writes one line to each of its outputs, a pause between, and ends with that code. */
    say(info: string, warn: string, exitCode: number): Argv;
    /** Says `up`; ends with 0 when it gets SIGTERM. */
    readonly heeding: Argv;
    /** Says `up`, and heeds no SIGTERM. */
    readonly deaf: Argv;
    /** Copies a file, and says `copied`. */
    copy(from: string, to: string): Argv;
    /** Says what its variable A is. */
    readonly showA: Argv;
  };
}

const PRIVATE_FOLDERS = ["job", "credentials"];

/** One suite's way with an engine: it makes containers, looks at them, and clears all of them away at the end. */
export class EngineTrial implements AsyncDisposable {
  readonly instance = `suite-${randomBytes(4).toString("hex")}`;
  readonly bench: EngineBench;
  readonly image: ImageFacts;
  readonly #made: string[] = [];

  private constructor(bench: EngineBench, image: ImageFacts) {
    this.bench = bench;
    this.image = image;
  }

  static async begin(bench: EngineBench): Promise<EngineTrial> {
    const image = await bench.engine.image(bench.image);
    if (image === undefined) throw new Error(`${bench.image} is not on the engine`);
    return new EngineTrial(bench, image);
  }

  get engine(): Engine {
    return this.bench.engine;
  }

  /** A plan for a container that no other test has. */
  plan(argv: Argv, more: Partial<ContainerPlan> = {}): ContainerPlan {
    const name = `rat-${this.instance}-${this.#made.length}`;
    this.#made.push(name);
    return {
      name,
      labels: { [OWNER_LABEL]: this.instance, [RUN_LABEL]: `${name}.1` },
      image: this.image,
      argv,
      env: { A: "given" },
      user: [65_532, 65_532],
      limits: { memory_mb: 128, cpus: 0.5, pids: 64, disk_mb: 16 },
      logLimitMb: 1,
      network: "none",
      scratch: ["/tmp"],
      privateFolders: [],
      hostFolder: undefined,
      ...more,
    };
  }

  /** Makes and starts a container; answers its id. */
  async start(argv: Argv): Promise<string> {
    const id = await this.engine.create(this.plan(argv));
    await this.engine.start(id);
    return id;
  }

  /** All output, by stream. */
  async output(id: string, follow: boolean): Promise<Record<"info" | "warn", string>> {
    const texts = { info: "", warn: "" };
    for await (const { level, text } of this.engine.logs(id, follow, limit()))
      texts[level === "warn" ? "warn" : "info"] += text;
    return texts;
  }

  /** Waits until the program has said `up`. */
  async up(id: string): Promise<void> {
    for await (const { text } of this.engine.logs(id, true, limit())) if (text.includes("up")) return;
    throw new Error("the program did not say up");
  }

  /** Waits for the end of a container. */
  async endOf(id: string): Promise<EndedState> {
    await this.engine.watch(id, limit());
    const seen = await this.engine.look(id);
    if (seen?.state.phase !== "ended") throw new Error(`it is ${seen?.state.phase}`);
    return seen.state.end;
  }

  /** What the engine holds of a run beside its container. */
  async belongingsOf(runId: string | undefined): Promise<readonly EngineBelonging[]> {
    return (await this.engine.belongings(this.instance)).filter((one) => one.runId === runId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#made) {
      await this.engine.remove(name, true);
      await this.engine.removeBelongings(name, PRIVATE_FOLDERS);
    }
    await this.bench[Symbol.asyncDispose]();
  }
}

/** How long a test waits for an engine. */
export function limit(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

/** The code of the error with which a call ends; `done` when it does not. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "done",
    (error: unknown) => (error instanceof EngineError ? error.code : String(error)),
  );
}
