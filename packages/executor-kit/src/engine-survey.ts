import { setTimeout as pause } from "node:timers/promises";
import type { Health, PluginLog } from "@rat/plugin-sdk";
import type { ExecutorSettings } from "./executor-settings.ts";
import type { Engine, EngineBelonging, ListedContainer } from "./engine.ts";
import { EngineError } from "./engine-error.ts";
import type { Launcher } from "./launcher.ts";
import { IMAGE_LABEL, readLabels, RUN_LABEL } from "./run-labels.ts";
import type { RunSupervisor } from "./run-supervisor.ts";

/** How long a container that was made and never started waits for its Submit to come again. */
const UNSTARTED_MS = 60_000;
/** How soon an engine that does not answer is asked again, in milliseconds. */
const RETRY_MS = 1000;

/** What a survey needs. */
export interface SurveyDeps {
  readonly engine: Engine;
  readonly launcher: Launcher;
  readonly supervisor: RunSupervisor;
  readonly health: Health;
  readonly log: PluginLog;
  readonly now: () => Date;
  settings(): ExecutorSettings;
}

/**
 * Compares, at the start and every `poll_ms`, what the engine holds of this instance with what the executor knows:
 * takes over runs, removes what belongs to none, and tells the health.
 */
export class EngineSurvey implements AsyncDisposable {
  readonly #deps: SurveyDeps;
  readonly #closed = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  /** Containers that never started, and since when they are known. */
  readonly #unstarted = new Map<string, number>();
  readonly #loop: Promise<void>;

  constructor(deps: SurveyDeps) {
    this.#deps = deps;
    this.#loop = this.#run();
  }

  /** Settles after the first survey, whether or not the engine answered. */
  get first(): Promise<void> {
    return this.#first.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      const answered = await this.#survey();
      this.#first.resolve();
      const { poll_ms: pollMs } = this.#deps.settings();
      const wait = answered ? pollMs : Math.min(pollMs, RETRY_MS);
      await pause(wait, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #survey(): Promise<boolean> {
    const { engine, supervisor, health, log, settings } = this.#deps;
    const { instance } = settings();
    try {
      const missing = await engine.missingLimits();
      const containers = await engine.list(instance);
      if (this.#closed.signal.aborted) return true;
      for (const container of containers) await this.#meet(container);
      await supervisor.expire();
      await this.#removeStrays(containers, instance);
      if (missing.length === 0) health.healthy();
      else health.degraded(`${engine.name} does not enforce: ${missing.join(", ")}`);
      return true;
    } catch (error) {
      const { code, message } = EngineError.from(error);
      if (code === "unreachable") health.down(`${engine.name} does not answer: ${message}`);
      else health.degraded(`${engine.name}: ${message}`);
      log.debug({ err: error }, "survey failed");
      return false;
    }
  }

  async #meet(container: ListedContainer): Promise<void> {
    const { engine, supervisor, log, now } = this.#deps;
    const record = readLabels(container.labels);
    if (record === undefined || supervisor.has(record.runId)) return;
    if (container.started) {
      this.#unstarted.delete(container.id);
      return supervisor.adopt(container.id, record, container.labels[IMAGE_LABEL] ?? "unknown");
    }
    // Its Submit was never answered. It may come again and start it; nobody else does.
    const since = this.#unstarted.get(container.id) ?? now().getTime();
    this.#unstarted.set(container.id, since);
    if (now().getTime() - since < UNSTARTED_MS) return;
    log.info({ runId: record.runId }, "removing a container that was never started");
    // One that was started at the last moment stays: the engine refuses.
    await engine.remove(container.id, false).catch(() => undefined);
    this.#unstarted.delete(container.id);
  }

  /** Removes folders and networks of runs that have neither a container nor a future. */
  async #removeStrays(containers: readonly ListedContainer[], instance: string): Promise<void> {
    const { engine, supervisor } = this.#deps;
    const owned = new Set(containers.map(({ labels }) => labels[RUN_LABEL]));
    const isStray = ({ runId }: EngineBelonging): boolean => !owned.has(runId) && !supervisor.has(runId);
    for (const stray of (await engine.belongings(instance)).filter(isStray)) {
      // One that is in use after all stays: the engine refuses.
      await stray.remove().catch(() => undefined);
    }
  }
}
