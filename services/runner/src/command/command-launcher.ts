import { spawn } from "node:child_process";
import type { RunnerSettings } from "../settings.ts";
import type { Isolation, ProcessLimits } from "../system/isolation.ts";
import { MARK_VARIABLE } from "../system/run-processes.ts";
import type { RunPrograms } from "../system/run-programs.ts";
import type { NamespaceFolder, Workspace } from "../system/workspace.ts";
import { outcomeOf, type LaunchContext, type Launched, type Launcher } from "../runs/launch.ts";
import type { RunOrder } from "../runs/run-order.ts";
import { credentialsFile, writeCredentials } from "./credentials-file.ts";
import type { Witness } from "./witness.ts";

/** What commands are started with. */
export interface CommandLauncherDeps {
  readonly settings: RunnerSettings;
  readonly isolation: Isolation;
  readonly workspace: Workspace;
  readonly programs: RunPrograms;
  readonly witness: Witness;
  /** The runner's own environment, of which commands see the variables that the settings name. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where programs are looked for when no variable PATH says it. */
const USUAL_PATH = "/usr/bin:/bin";

/** Starts runs of kind `command`: never through a shell, in a fresh folder, with limits. */
export class CommandLauncher implements Launcher {
  readonly #deps: CommandLauncherDeps;

  constructor(deps: CommandLauncherDeps) {
    this.#deps = deps;
  }

  limits({ work }: RunOrder): ProcessLimits {
    const { memoryMb, pids, diskMb } = this.#deps.settings;
    const wanted = work.kind === "command" ? work.limits : undefined;
    return {
      memoryMb: Math.min(memoryMb, wanted?.memoryMb ?? memoryMb),
      pids: Math.min(pids, wanted?.pids ?? pids),
      diskMb: Math.min(diskMb, wanted?.diskMb ?? diskMb),
    };
  }

  async launch(context: LaunchContext): Promise<Launched> {
    const { order, folder, uid, credentials, endFile } = context;
    if (order.work.kind !== "command") throw new Error("not a command");
    const { isolation, workspace, programs, witness } = this.#deps;
    const reachable = order.namespace !== "" && isolation.workspaceReachable;
    const namespace = reachable ? workspace.open(order.namespace) : undefined;
    writeCredentials(folder, credentials, uid);
    const env = this.#environment(context, namespace);
    const [name, ...args] = order.work.argv;
    const account = uid === undefined ? undefined : { uid, gid: namespace?.gid ?? uid };
    const program = programs.find(name, env.PATH ?? USUAL_PATH, folder.work, account);
    const confined = isolation.confine([program, ...args], this.limits(order));
    const start = witness.around(confined, endFile, account);
    const child = spawn(start.file, start.args, {
      cwd: folder.work,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      shell: false,
      // A process group of its own, so that stopping reaches what the command started.
      detached: true,
      ...start.account,
    });
    return { child, outcome: outcomeOf, own: witness.processes };
  }

  #environment(
    { order, folder, mark, credentials }: LaunchContext,
    namespace: NamespaceFolder | undefined,
  ): Readonly<Record<string, string>> {
    const inherited = this.#deps.settings.inheritEnv.flatMap((name) => {
      const value = this.#deps.env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    const given: Record<string, string> = {
      ...Object.fromEntries(inherited),
      ...(order.work.kind === "command" ? order.work.env : {}),
      ...order.env,
      ...credentials,
    };
    return {
      ...given,
      ...(given["PATH"] === undefined ? {} : { PATH: this.#deps.programs.pathOf(given["PATH"]) }),
      HOME: folder.work,
      TMPDIR: folder.work,
      RAT_RUN_ID: order.run,
      RAT_ATTEMPT: order.attempt,
      RAT_NAMESPACE: order.namespace,
      RAT_LAYER: order.layer ?? "",
      RAT_PIPELINE: order.pipeline,
      RAT_CREDENTIALS_FILE: credentialsFile(folder),
      ...(namespace === undefined ? {} : { RAT_WORKSPACE: namespace.path }),
      [MARK_VARIABLE]: mark,
    };
  }
}
