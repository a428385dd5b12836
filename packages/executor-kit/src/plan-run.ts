import type { ContainerPlan, ImageFacts, PrivateFolder } from "./engine.ts";
import type { ExecutorSettings } from "./executor-settings.ts";
import { labelsOf } from "./run-labels.ts";
import { engineNameOf } from "./run-names.ts";
import type { RunOrder } from "./run-order.ts";
import { JOB_FOLDER, WORKSPACE_FOLDER } from "./sql-run.ts";

/** Where a run finds renewed credentials. */
export const CREDENTIALS_FOLDER = "/run/rat";
/** The private folders that a run may have. */
export const PRIVATE_FOLDERS = ["credentials", "job"] as const;
/** The name of the file in {@link CREDENTIALS_FOLDER}. */
export const CREDENTIALS_FILE = "credentials.json";

/**
 * The container of a run. The request has a say in image, arguments, environment and, within maxima, in limits;
 * everything else was made, or checked, by the executor. `workspace` is the folder of the namespace on the engine's host.
 */
export function planRun(
  order: RunOrder,
  image: ImageFacts,
  workspace: string | undefined,
  settings: ExecutorSettings,
): ContainerPlan {
  const withCredentials = Object.keys(order.credentials).length > 0;
  return {
    name: engineNameOf(settings.instance, order.runId),
    labels: labelsOf(order, image.id, settings),
    image,
    argv: order.argv,
    env: environmentOf(order, workspace !== undefined, withCredentials),
    user: ownerOf(settings),
    limits: order.limits,
    logLimitMb: settings.log_limit_mb,
    network: order.network === "bridge" ? "own" : "none",
    // Volumes that the image declares would be folders of the host without a size.
    scratch: ["/tmp", ...image.volumes],
    privateFolders: privateFoldersOf(withCredentials, order.job !== undefined),
    hostFolder: workspace === undefined ? undefined : { source: workspace, path: WORKSPACE_FOLDER },
  };
}

function privateFoldersOf(withCredentials: boolean, withJob: boolean): readonly PrivateFolder[] {
  const [credentials, job] = PRIVATE_FOLDERS;
  return [
    ...(withCredentials ? [{ name: credentials, path: CREDENTIALS_FOLDER, kept: "in memory" as const }] : []),
    ...(withJob ? [{ name: job, path: JOB_FOLDER, kept: "on disk" as const }] : []),
  ];
}

/** The user of every run. */
export function ownerOf({ user }: ExecutorSettings): readonly [number, number] {
  const [uid = "0", gid = "0"] = user.split(":");
  return [Number(uid), Number(gid)];
}

function environmentOf(
  order: RunOrder,
  withWorkspace: boolean,
  withCredentials: boolean,
): Record<string, string> {
  return {
    HOME: "/tmp",
    ...order.env,
    ...order.credentials,
    RAT_RUN_ID: order.run,
    RAT_ATTEMPT: order.attempt,
    RAT_NAMESPACE: order.namespace,
    RAT_LAYER: order.layer,
    RAT_PIPELINE: order.pipeline,
    ...(withWorkspace ? { RAT_WORKSPACE: WORKSPACE_FOLDER } : {}),
    ...(withCredentials ? { RAT_CREDENTIALS_FILE: `${CREDENTIALS_FOLDER}/${CREDENTIALS_FILE}` } : {}),
  };
}
