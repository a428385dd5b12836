import { openEngineExecutor, type EngineExecutor } from "@rat/executor-kit";
import { definePlugin, PluginError, type PluginDefinition } from "@rat/plugin-sdk";
import { executorConfig, type ExecutorConfig } from "./config.ts";
import { connectToDocker } from "./docker-connection.ts";
import { DockerEngine } from "./docker-engine.ts";

/** What belongs to one engine and one instance. */
interface Station extends AsyncDisposable {
  readonly executor: EngineExecutor;
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
    await station.executor.ready;
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

    submit: async (input) => ({ status: await (await present()).executor.supervisor.submit(input) }),
    cancel: async ({ runId }) => ({ cancelled: await (await present()).executor.supervisor.cancel(runId) }),
    getRunStatus: async ({ runId }) => (await present()).executor.supervisor.get(runId).report(),
    async *streamLogs({ runId, follow, offset }, { signal }) {
      yield* (await present()).executor.supervisor.get(runId).output(offset, follow, signal);
    },
    async listRuns({ config }) {
      return { runs: (await present()).executor.supervisor.list(), capacity: config.max_concurrent };
    },
  });
}

function isSameStation(a: ExecutorConfig, b: ExecutorConfig): boolean {
  return a.docker === b.docker && a.instance === b.instance && a.state_dir === b.state_dir;
}

function openStation({ config, log, health, now }: LifecycleContext): Station {
  const station = { config };
  const engine = new DockerEngine(connectToDocker(config.docker));
  const executor = openEngineExecutor({ engine, log, health, now, settings: () => station.config });
  return Object.assign(station, {
    executor,
    [Symbol.asyncDispose]: () => executor[Symbol.asyncDispose](),
  });
}
