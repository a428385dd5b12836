import { chownSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SqlJobFile } from "@rat/executor-kit/sql-job";
import { readEnd } from "../journal/left-end.ts";
import { outcomeOf, type LaunchContext, type Launched, type Launcher } from "../runs/launch.ts";
import type { RunOrder } from "../runs/run-order.ts";
import type { RunnerSettings } from "../settings.ts";
import type { Isolation, ProcessLimits } from "../system/isolation.ts";
import type { Workspace } from "../system/workspace.ts";
import { fetchSources } from "./fetch-sources.ts";
import type { SqlSpec } from "./sql-spec.ts";
import type { SqlWorkers } from "./sql-workers.ts";

/** What queries are started with. */
export interface SqlLauncherDeps {
  readonly settings: RunnerSettings;
  readonly isolation: Isolation;
  readonly workspace: Workspace;
  readonly workers: SqlWorkers;
}

/** What the process needs beside the memory of its engine, and its threads. */
const SPARE_MB = 768;
const SPARE_THREADS = 64;

/** Starts runs of kind `sql`: each in a process of its own, confined by the engine and by its user. */
export class SqlLauncher implements Launcher {
  readonly #deps: SqlLauncherDeps;

  constructor(deps: SqlLauncherDeps) {
    this.#deps = deps;
  }

  limits({ work }: RunOrder): ProcessLimits {
    const { memoryMb, sqlThreads, diskMb } = this.#engine(work.kind === "sql" ? work : undefined);
    return { memoryMb: memoryMb + SPARE_MB, pids: sqlThreads + SPARE_THREADS, diskMb };
  }

  async launch({ order, folder, mark, endFile, uid: placeUid, signal }: LaunchContext): Promise<Launched> {
    const { work } = order;
    if (work.kind !== "sql") throw new Error("not a query");
    const { settings, isolation, workspace, workers } = this.#deps;
    const namespace = workspace.open(order.namespace);
    // Where others cannot enter the workspace, the engine's own walls are all there is.
    const uid = isolation.workspaceReachable ? placeUid : undefined;
    const sources = await fetchSources(work.sources, folder.work, settings, signal);
    signal.throwIfAborted();
    for (const { file } of sources) if (uid !== undefined) chownSync(file, uid, uid);
    const { memoryMb, sqlThreads, diskMb } = this.#engine(work);
    const temporary = `.${order.pipeline}.${mark}.tmp`;
    const job: SqlJobFile = {
      sql: work.sql,
      sources,
      namespace_folder: namespace.path,
      layer: order.layer,
      pipeline: order.pipeline,
      preview_rows: work.previewRows,
      time_zone: work.timeZone,
      memory_mb: memoryMb,
      threads: sqlThreads,
      temp_folder: folder.work,
      temp_mb: diskMb,
      temporary,
    };
    const child = workers.take({ job, endFile, cwd: namespace.path, uid, gid: namespace.gid ?? uid });
    return {
      child,
      own: 0,
      outcome: (exit) => {
        // A process that was killed leaves it.
        rmSync(join(namespace.path, order.layer ?? "", temporary), { force: true });
        return readEnd(endFile)?.report ?? outcomeOf(exit);
      },
    };
  }

  #engine(spec: SqlSpec | undefined): Pick<RunnerSettings, "memoryMb" | "sqlThreads" | "diskMb"> {
    const { memoryMb, sqlThreads, diskMb } = this.#deps.settings;
    return {
      memoryMb: Math.min(memoryMb, spec?.memoryMb ?? memoryMb),
      sqlThreads: Math.min(sqlThreads, spec?.threads ?? sqlThreads),
      diskMb,
    };
  }
}
