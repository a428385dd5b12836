import { isDeepStrictEqual } from "node:util";
import { PluginError, type RunState, type RunSummary, type SubmitInput } from "@rat/plugin-sdk";
import { ContainerRun, type ReportAddress, type RunSurroundings } from "./container-run.ts";
import type { ImageFacts } from "./engine.ts";
import { launchFailureOf, LaunchError, type Launcher } from "./launcher.ts";
import { DEADLINE_PASSED } from "./outcome.ts";
import { imageText, recordOf, type RunRecord } from "./run-labels.ts";
import { engineNameOf } from "./run-names.ts";
import { readRunOrder, type RunOrder } from "./run-order.ts";
import type { RunStateStore } from "./run-state-store.ts";

/** Output of ended runs that is kept at most, in characters. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/** A run with what is left to do about it. */
interface Entry {
  readonly run: ContainerRun;
  /** Settles when the container runs, the run has failed, or its image is being pulled. */
  readonly launched: Promise<void>;
  credentials: Readonly<Record<string, string>>;
  /** ratd has its end. */
  settled: boolean;
  /** The engine holds nothing of it any more. */
  removed: boolean;
}

/** What a supervisor needs beside what its runs need. */
export interface SupervisorDeps extends RunSurroundings {
  readonly launcher: Launcher;
  readonly store: RunStateStore;
}

/** The runs of an executor, by run id: takes them, takes them over, and lets go of them. */
export class RunSupervisor {
  readonly #deps: SupervisorDeps;
  readonly #entries = new Map<string, Entry>();

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
  }

  /**
   * Takes a run, or answers where a known one stands, whose address and credentials are then replaced.
   *
   * @throws PluginError `failed_precondition` for an epoch below the highest seen, `resource_exhausted` without a free
   *   place, `unavailable` without an engine, `invalid_argument` and `permission_denied` for the request itself.
   */
  async submit(input: SubmitInput): Promise<RunState> {
    const { runId, epoch, token, reportUrl } = input;
    const known = this.#entries.get(runId);
    if (known !== undefined) {
      if (epoch < known.run.epoch) {
        throw new PluginError("failed_precondition", `epoch ${epoch} is older than ${known.run.epoch}`);
      }
      await known.launched;
      await this.#takeOver(known, { epoch, token, reportUrl }, input.s3Credentials);
      return known.run.status;
    }
    const config = this.#deps.settings();
    const order = readRunOrder(input, config, this.#deps.now());
    if (this.#active() >= config.max_concurrent) {
      throw new PluginError("resource_exhausted", `all ${config.max_concurrent} places are taken`);
    }
    const entry = this.#enter(recordOf(order), { epoch, token, reportUrl }, order.credentials, (run) =>
      this.#launch(order, run),
    );
    await entry.launched;
    return entry.run.status;
  }

  /** The run of that id. @throws PluginError `not_found`. */
  get(runId: string): ContainerRun {
    const entry = this.#entries.get(runId);
    if (entry === undefined) throw new PluginError("not_found", `run ${JSON.stringify(runId)} is not known`);
    return entry.run;
  }

  has(runId: string): boolean {
    return this.#entries.has(runId);
  }

  list(): readonly RunSummary[] {
    return [...this.#entries.values()].map(({ run }) => ({
      runId: run.record.runId,
      epoch: run.epoch,
      status: run.status,
    }));
  }

  /** Stops a run. Answers false when it had already ended. */
  async cancel(runId: string): Promise<boolean> {
    const run = this.get(runId);
    const stopped = run.stop("cancelled");
    if (stopped) await this.#save(run);
    return stopped;
  }

  /** Takes over a container of an earlier life of this executor, running or ended. */
  async adopt(containerId: string, record: RunRecord, image: string): Promise<void> {
    const { store, settings, log, now } = this.#deps;
    const memory = await store.load(engineNameOf(settings().instance, record.runId));
    if (this.#entries.has(record.runId)) return;
    log.info({ runId: record.runId }, "taking over a run");
    const address = memory ?? { epoch: record.epoch, token: "", reportUrl: "" };
    const { run } = this.#enter(record, address, {}, () => Promise.resolve());
    if (memory?.stopping !== undefined) run.stop(memory.stopping);
    run.follow(containerId, now(), image);
  }

  /** Removes what is done with: containers whose end ratd has, and whatever is older than the retention. */
  async expire(): Promise<void> {
    this.#boundOutput();
    const oldest = this.#deps.now().getTime() - this.#deps.settings().retention_s * 1000;
    for (const [runId, entry] of this.#entries) {
      const { endedAt } = entry.run;
      if (endedAt === undefined) continue;
      const expired = endedAt.getTime() < oldest;
      if (entry.settled || expired) await this.#remove(entry);
      if (expired && entry.removed) {
        this.#entries.delete(runId);
        this.#deps.reporter.forget(runId);
      }
    }
  }

  /** Drops the output of the oldest ended runs, which ratd has, when it takes too much memory. */
  #boundOutput(): void {
    let size = 0;
    for (const { run, settled } of [...this.#entries.values()].toReversed()) {
      if (!settled) continue;
      size += run.outputSize;
      if (size > MAX_OUTPUT) run.dropOutput();
    }
  }

  /** Stops following; the containers go on. */
  release(): void {
    for (const { run } of this.#entries.values()) run.release();
  }

  #active(): number {
    return [...this.#entries.values()].filter(({ run }) => run.active).length;
  }

  #enter(
    record: RunRecord,
    address: ReportAddress,
    credentials: Readonly<Record<string, string>>,
    launch: (run: ContainerRun) => Promise<void>,
  ): Entry {
    const run = new ContainerRun(record, address, this.#deps, () => {
      entry.settled = true;
      void this.#remove(entry);
    });
    const entry: Entry = {
      run,
      // In a later turn, when the entry is in the table: a second Submit must find it there.
      launched: Promise.resolve().then(() => launch(run)),
      credentials,
      settled: false,
      removed: false,
    };
    entry.launched.catch(() => undefined);
    this.#entries.set(record.runId, entry);
    return entry;
  }

  async #launch(order: RunOrder, run: ContainerRun): Promise<void> {
    const { launcher, settings } = this.#deps;
    try {
      await this.#save(run);
      const image = await launcher.image(order, settings());
      if (image !== undefined) return await this.#start(order, run, image);
      void this.#pullAndStart(order, run);
    } catch (error) {
      const failure = launchFailureOf(error, this.#deps.engine);
      if (failure instanceof LaunchError) return run.fail(failure.message);
      // Nothing was promised: the run is not known, and what the engine may hold of it is found by the next survey.
      run.release();
      this.#entries.delete(order.runId);
      this.#deps.reporter.forget(order.runId);
      throw failure;
    }
  }

  async #pullAndStart(order: RunOrder, run: ContainerRun): Promise<void> {
    const { launcher, settings, log } = this.#deps;
    try {
      // Not a line of the run: a log that is read again after a restart must have the same numbers.
      log.info({ runId: order.runId, image: order.image }, "pulling the image of a run");
      await this.#start(order, run, await launcher.pull(order, settings()));
    } catch (error) {
      run.fail(launchFailureOf(error, this.#deps.engine).message);
    }
  }

  async #start(order: RunOrder, run: ContainerRun, image: ImageFacts): Promise<void> {
    const { launcher, settings, now } = this.#deps;
    if (run.stopping !== undefined) return run.fail(run.stopping === "deadline" ? DEADLINE_PASSED : "");
    const startedAt = now();
    run.follow(await launcher.launch(order, image, settings()), startedAt, imageText(order.image, image.id));
  }

  async #takeOver(
    entry: Entry,
    address: ReportAddress,
    credentials: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { run } = entry;
    if (address.epoch < run.epoch) {
      throw new PluginError("failed_precondition", `epoch ${address.epoch} is older than ${run.epoch}`);
    }
    run.rebind(address);
    await this.#save(run);
    const { containerId } = run;
    if (containerId === undefined || !run.active || !run.record.credentials) return;
    if (Object.keys(credentials).length === 0 || isDeepStrictEqual(credentials, entry.credentials)) return;
    try {
      await this.#deps.launcher.renew(containerId, credentials, this.#deps.settings());
    } catch (error) {
      throw launchFailureOf(error, this.#deps.engine);
    }
    entry.credentials = credentials;
  }

  async #save(run: ContainerRun): Promise<void> {
    const { store, settings, log } = this.#deps;
    const { runId } = run.record;
    try {
      await store.save(engineNameOf(settings().instance, runId), { ...run.address, stopping: run.stopping });
    } catch (error) {
      log.warn(
        { err: error, runId },
        "state_dir cannot be written; a restart needs ratd to hand over the run again",
      );
    }
  }

  async #remove(entry: Entry): Promise<void> {
    if (entry.removed) return;
    const { launcher, store, settings, log } = this.#deps;
    const { instance } = settings();
    const { runId } = entry.run.record;
    try {
      await launcher.remove(instance, runId, entry.run.containerId, true);
      entry.removed = true;
      await store.forget(engineNameOf(instance, runId));
    } catch (error) {
      // The next survey tries again.
      log.debug({ err: error, runId }, "cannot remove the container yet");
    }
  }
}
