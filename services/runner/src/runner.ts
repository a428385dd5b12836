import { randomUUID } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import {
  definePlugin,
  PluginStartError,
  RunReporter,
  type NoConfig,
  type PluginDefinition,
  type PluginLog,
} from "@rat/plugin-sdk";
import { CommandLauncher } from "./command/command-launcher.ts";
import { Witness } from "./command/witness.ts";
import { Journal } from "./journal/journal.ts";
import { recover } from "./journal/recover.ts";
import { Runs } from "./runs/runs.ts";
import type { RunnerSettings } from "./settings.ts";
import { SqlLauncher } from "./sql/sql-launcher.ts";
import { SqlWorkers } from "./sql/sql-workers.ts";
import { claim } from "./system/exclusive.ts";
import { idBase } from "./system/id-base.ts";
import { detectIsolation } from "./system/isolation.ts";
import { RunFolders } from "./system/run-folders.ts";
import { RunPrograms } from "./system/run-programs.ts";
import { atStart, cannotUse, makeState, makeWorkspace } from "./system/usable.ts";
import { UserBlock } from "./system/user-block.ts";
import { Watch } from "./system/watch.ts";
import { Workspace } from "./system/workspace.ts";

/** A runner that is ready to be served. */
export interface Runner extends AsyncDisposable {
  readonly plugin: PluginDefinition<"executor", NoConfig>;
  readonly runs: Runs;
}

/** What a runner takes from its process. */
export interface RunnerDeps {
  readonly settings: RunnerSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: PluginLog;
  readonly now: () => Date;
}

/**
 * Composes a runner, and ends what an earlier one with the same state folder left running. Disposing it removes what
 * it made, after the last reports.
 *
 * @throws PluginStartError when a folder cannot be used.
 */
export async function createRunner({ settings, env, log, now }: RunnerDeps): Promise<Runner> {
  await using stack = new AsyncDisposableStack();
  const files = { variable: "RAT_RUNNER_WORKSPACE", path: settings.workspace };
  const own = { variable: "RAT_RUNNER_STATE", path: settings.state };
  makeWorkspace(files);
  makeState(own);
  // Two with one journal would each take the other's runs for lost.
  const state = await claim(`state-${realpathSync(settings.state)}`);
  if (state === undefined) {
    throw new PluginStartError(`another runner uses RAT_RUNNER_STATE, the folder ${settings.state}`);
  }
  stack.use(state);
  const journal = atStart(own, () => new Journal(join(settings.state, "runs")));
  const boot = bootId();
  const entries = await recover(journal, { boot, log, now }).catch((error: unknown) => {
    // Left aside, a run that it knows could start twice.
    throw cannotUse(own, error);
  });
  // Only now: it kills by user, one process after the other, and a program whose child goes first could end well.
  const base = idBase(settings.uidBase);
  const users = await UserBlock.claim(base.users);
  stack.defer(() => users?.release());
  // The folder that a link leads to is the one that the users of runs must reach.
  const root = realpathSync(settings.workspace);
  const isolation = detectIsolation(users, root, log);
  const apart = users !== undefined && isolation.workspaceReachable;
  const workspace = atStart(files, () => new Workspace(root, apart ? base.groups : undefined));
  const folders = atStart(own, () => RunFolders.open(settings.state, users?.account));
  stack.defer(() => folders.close());
  const programs = RunPrograms.prepare({
    account: users?.account,
    folder: folders.root,
    node: process.execPath,
    log,
  });
  const path = env.PATH ?? "/usr/bin:/bin";
  const witness = Witness.prepare(users?.account, path, log);
  const workers = stack.use(new SqlWorkers(settings.sqlSpares, { PATH: path, TZ: "UTC" }));
  const watch = stack.use(new Watch());
  const reporter = stack.use(
    new RunReporter({
      log,
      now,
      // Everything that a run may say, so that nothing is lost while ratd is away.
      bufferBytes: settings.logLimit + 1024 * 1024,
      onStop: (runId) => runs.abandon(runId),
    }),
  );
  const launchers = {
    command: new CommandLauncher({ settings, isolation, workspace, programs, witness, env }),
    sql: new SqlLauncher({ settings, isolation, workspace, workers }),
  };
  const around = { settings, journal, boot, reporter, folders, watch, users, launchers, log, now };
  const runs: Runs = new Runs(entries, { ...around, newMark: randomUUID });
  stack.defer(() => runs.flush());
  const owned = stack.move();
  return { plugin: pluginOf(runs), runs, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function pluginOf(runs: Runs): PluginDefinition<"executor", NoConfig> {
  return definePlugin("executor", {
    name: "runner",
    version: "0.1.0",
    submit: (input) => runs.submit(input),
    cancel: ({ runId }) => runs.cancel(runId),
    getRunStatus: ({ runId }) => runs.report(runId),
    async *streamLogs({ runId, follow, offset }, { signal }) {
      yield* runs.read(runId, offset, follow, signal);
    },
    listRuns: () => runs.list(),
  });
}

/** Names this start of the machine; empty where the system has none. */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
