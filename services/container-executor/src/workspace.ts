import { chown, lstat, mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { PluginError } from "@rat/plugin-sdk";
import type { ExecutorConfig } from "./config.ts";

const MODE = 0o2770;

/**
 * The folder of a namespace, made if it is missing, for a run to mount. The name has been checked; this is about what
 * lies there.
 *
 * @throws PluginError `failed_precondition` that says what to change: no workspace, a link, or a folder in which the
 *   user of runs cannot write.
 */
export async function prepareWorkspace(namespace: string, config: ExecutorConfig): Promise<string> {
  const { workspace, user } = config;
  if (workspace === undefined) refuse("the executor has no setting workspace");
  const root = await realpath(workspace).catch(() =>
    refuse(`the folder ${workspace} of the setting is not there`),
  );
  // The engine follows links with the rights of root, so nothing on the way may be one.
  if (root !== workspace) refuse(`${workspace} leads through a link to ${root}: set workspace to that path`);
  const folder = join(root, namespace);
  const [uid = 0, gid = 0] = user.split(":").map(Number);
  const made = await mkdir(folder, { mode: MODE })
    .then(() => true)
    .catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
      return refuse(`${folder} is missing and cannot be made: ${String(error)}`);
    });
  // Without the right to give it away it stays the executor's own, and the check below says what to do.
  if (made) await chown(folder, uid, gid).catch(() => undefined);
  const found = await lstat(folder);
  if (!found.isDirectory()) refuse(`${folder} is not a folder of its own`);
  const right = found.uid === uid ? 0o700 : found.gid === gid ? 0o070 : 0o007;
  if ((found.mode & right) !== right) {
    refuse(`the user ${user} of runs cannot write in ${folder}: run chown ${user} ${folder}`);
  }
  return folder;
}

function refuse(reason: string): never {
  throw new PluginError("failed_precondition", `workspace: ${reason}`);
}
