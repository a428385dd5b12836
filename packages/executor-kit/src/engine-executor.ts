import { RunReporter, type Health, type PluginLog } from "@rat/plugin-sdk";
import type { Engine } from "./engine.ts";
import { EngineSurvey } from "./engine-survey.ts";
import type { ExecutorSettings } from "./executor-settings.ts";
import { Launcher } from "./launcher.ts";
import { RunStateStore } from "./run-state-store.ts";
import { RunSupervisor } from "./run-supervisor.ts";

/** What an executor on an engine needs. */
export interface EngineExecutorDeps {
  readonly engine: Engine;
  readonly log: PluginLog;
  readonly health: Health;
  readonly now: () => Date;
  /** The settings in force. `instance` and `state_dir` are those of the beginning. */
  settings(): ExecutorSettings;
}

/** The runs of one instance on one engine. Disposing of it leaves its containers to the next executor. */
export interface EngineExecutor extends AsyncDisposable {
  readonly supervisor: RunSupervisor;
  /** Settles after the first survey: before it, runs of an earlier life would pass for unknown. */
  readonly ready: Promise<void>;
}

/** The greatest log_limit_mb, and room for the executor's own lines. */
const OUTPUT_BYTES = 101 * 1024 * 1024;

/** Begins to take runs, and takes over those that the engine still has. */
export function openEngineExecutor({
  engine,
  log,
  health,
  now,
  settings,
}: EngineExecutorDeps): EngineExecutor {
  const reporter = new RunReporter({
    log,
    now,
    // All of a run's output fits, so that none is lost while ratd is away.
    bufferBytes: OUTPUT_BYTES,
    onStop: (runId) => {
      if (supervisor.has(runId)) void supervisor.cancel(runId);
    },
  });
  const launcher = new Launcher(engine);
  const shared = { engine, reporter, log, now, launcher, settings };
  const store = new RunStateStore(settings().state_dir);
  const supervisor = new RunSupervisor({ ...shared, store });
  const survey = new EngineSurvey({ ...shared, supervisor, health });
  return {
    supervisor,
    ready: survey.first,
    async [Symbol.asyncDispose](): Promise<void> {
      await survey[Symbol.asyncDispose]();
      supervisor.release();
      await reporter[Symbol.asyncDispose]();
    },
  };
}
