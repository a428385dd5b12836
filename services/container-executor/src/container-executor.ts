import { definePlugin, PluginError, RunReporter, type PluginDefinition } from "@rat/plugin-sdk";
import { executorConfig, type ExecutorConfig } from "./config.ts";
import { connectToDocker } from "./docker-connection.ts";
import { DockerEngine } from "./docker-engine.ts";
import { EngineSurvey } from "./engine-survey.ts";
import { Launcher } from "./launcher.ts";
import { RunStateStore } from "./run-state-store.ts";
import { RunSupervisor } from "./run-supervisor.ts";

/** What belongs to one engine and one instance. */
interface Station extends AsyncDisposable {
  readonly supervisor: RunSupervisor;
  readonly survey: EngineSurvey;
  /** The settings in force; {@link isSameStation} says which of them may change. */
  config: ExecutorConfig;
}

type LifecycleContext = Parameters<
  NonNullable<PluginDefinition<"executor", typeof executorConfig>["basics"]["configured"]>
>[0];

/** The plugin: each run in a fresh container of a Docker engine. */
export function containerExecutor(): PluginDefinition<"executor", typeof executorConfig> {
  let station: Station | undefined;
  const present = async (): Promise<Station> => {
    if (station === undefined) throw new PluginError("unavailable", "the executor has no configuration");
    // Before the first survey, runs of an earlier life would pass for unknown.
    await station.survey.first;
    return station;
  };
  const close = async (): Promise<void> => {
    const closing = station;
    station = undefined;
    await closing?.[Symbol.asyncDispose]();
  };
  return definePlugin("executor", {
    name: "container-executor",
    version: "0.1.0",
    config: executorConfig,

    async configured(ctx) {
      if (station !== undefined && isSameStation(station.config, ctx.config)) {
        station.config = ctx.config;
        return;
      }
      await close();
      station = openStation(ctx);
    },
    // Containers go on without their executor: the next one takes them over.
    stop: close,

    submit: async (input) => ({ status: await (await present()).supervisor.submit(input) }),
    cancel: async ({ runId }) => ({ cancelled: await (await present()).supervisor.cancel(runId) }),
    getRunStatus: async ({ runId }) => (await present()).supervisor.get(runId).report(),
    async *streamLogs({ runId, follow, offset }, { signal }) {
      yield* (await present()).supervisor.get(runId).output(offset, follow, signal);
    },
    async listRuns({ config }) {
      return { runs: (await present()).supervisor.list(), capacity: config.max_concurrent };
    },
  });
}

function isSameStation(a: ExecutorConfig, b: ExecutorConfig): boolean {
  return a.docker === b.docker && a.instance === b.instance && a.state_dir === b.state_dir;
}

/** The greatest log_limit_mb, and room for the executor's own lines. */
const OUTPUT_BYTES = 101 * 1024 * 1024;

function openStation({ config, log, health, now }: LifecycleContext): Station {
  const settings = { config };
  const engine = new DockerEngine(connectToDocker(config.docker));
  const reporter = new RunReporter({
    log,
    now,
    // All of a run's output fits, so that none is lost while ratd is away.
    bufferBytes: OUTPUT_BYTES,
    onStop: (runId) => {
      if (supervisor.has(runId)) void supervisor.cancel(runId);
    },
  });
  const shared = {
    engine,
    reporter,
    log,
    now,
    launcher: new Launcher(engine),
    config: () => settings.config,
  };
  const supervisor = new RunSupervisor({ ...shared, store: new RunStateStore(config.state_dir) });
  const survey = new EngineSurvey({ ...shared, supervisor, health });
  return Object.assign(settings, {
    supervisor,
    survey,
    async [Symbol.asyncDispose](): Promise<void> {
      await survey[Symbol.asyncDispose]();
      supervisor.release();
      await reporter[Symbol.asyncDispose]();
    },
  });
}
