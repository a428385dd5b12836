// An executor plugin that runs commands on this machine, without isolation: it listens on loopback unless told
// otherwise, and whoever reaches its port runs programs as its user.
// Run it: node packages/plugin-sdk/examples/hello-executor.ts
import { definePlugin, PluginError, servePlugin, Type } from "@rat/plugin-sdk";
import type { JsonObject, PluginDefinition } from "@rat/plugin-sdk";
import { CommandRun } from "./executor/command-run.ts";
import { RunTable } from "./executor/run-table.ts";

const config = Type.Object({
  max_concurrent: Type.Integer({ minimum: 1, maximum: 1000, default: 4, description: "Runs at a time." }),
  keep_runs: Type.Integer({ minimum: 1, default: 1000, description: "Runs remembered; also their output." }),
  log_limit: Type.Integer({ minimum: 1024, default: 262_144, description: "Characters of output a run." }),
  kill_grace_ms: Type.Integer({ minimum: 0, maximum: 60_000, default: 2000 }),
  inherit_env: Type.Array(Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]*$" }), {
    default: ["PATH", "LANG", "TZ"],
    description: "Variables of the plugin's own environment that commands see. All others stay hidden.",
  }),
  programs: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      description: "The only programs that may run, as in argv[0].",
    }),
  ),
});

/** The plugin. `ownEnv` is the environment of which `inherit_env` names a part. */
export function helloExecutor(
  ownEnv: Readonly<Record<string, string | undefined>> = process.env,
): PluginDefinition<"executor", typeof config> {
  const runs = new RunTable();
  return definePlugin("executor", {
    name: "hello-executor",
    version: "0.1.0",
    config,
    stop: () => runs.stop(),

    submit({ runId, epoch, deadline, spec, env, s3Credentials }, { config, now }) {
      const limits = { maxActive: config.max_concurrent, keep: config.keep_runs };
      const run = runs.submit(runId, epoch, limits, () => {
        const argv = argvOf(spec);
        if (config.programs !== undefined && !config.programs.includes(argv[0])) {
          throw new PluginError(
            "permission_denied",
            `spec.argv[0]: must be one of ${config.programs.join(", ")}`,
          );
        }
        if (deadline !== undefined && deadline <= now()) {
          throw new PluginError("invalid_argument", "deadline: has already passed");
        }
        const inherited = config.inherit_env.flatMap((name) => {
          const value = ownEnv[name];
          return value === undefined ? [] : [[name, value] as const];
        });
        return new CommandRun({
          argv,
          env: { ...Object.fromEntries(inherited), ...env, ...s3Credentials },
          deadline,
          logLimit: config.log_limit,
          killGraceMs: config.kill_grace_ms,
          now,
        });
      });
      return { status: run.report().status };
    },

    cancel: ({ runId }) => ({ cancelled: runs.get(runId).cancel() }),
    getRunStatus: ({ runId }) => runs.get(runId).report(),
    async *streamLogs({ runId, follow, offset }, { signal }) {
      yield* runs.get(runId).output(follow, offset, signal);
    },
  });
}

function argvOf(spec: JsonObject): readonly [string, ...string[]] {
  const argv = Array.isArray(spec.argv) ? spec.argv : [];
  const texts = argv.filter((item) => typeof item === "string" && !item.includes("\0")) as string[];
  const [program, ...args] = texts;
  if (program === undefined || program === "" || texts.length !== argv.length) {
    throw new PluginError(
      "invalid_argument",
      'spec.argv: must be a list of texts, as in ["program", "argument"]',
    );
  }
  return [program, ...args];
}

if (import.meta.main) await servePlugin(helloExecutor());
