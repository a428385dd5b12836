import { chmod, chown, lchown, lstat, mkdir, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { PluginError } from "@rat/plugin-sdk";
import type { ExecutorSettings } from "./executor-settings.ts";

const MODE = 0o2770;

/** Lets a group into the folder of a namespace and the folders in it, with all that they hold. Follows no link. */
async function shareWithGroup(folder: string, gid: number): Promise<void> {
  const children = await readdir(folder, { withFileTypes: true });
  for (const path of [
    folder,
    ...children.filter((child) => child.isDirectory()).map(({ name }) => join(folder, name)),
  ]) {
    const { gid: present, mode } = await lstat(path);
    if (present === gid && (mode & MODE) === MODE) continue;
    // What is made in it from now on belongs to the group by itself.
    await lchown(path, (await lstat(path)).uid, gid);
    await chmod(path, (mode & 0o777) | MODE);
    for (const entry of await readdir(path, { withFileTypes: true, recursive: path !== folder })) {
      // The folders of the first level come next, with what they hold.
      if (!entry.isFile() && (path === folder || !entry.isDirectory())) continue;
      const inner = join(entry.parentPath, entry.name);
      const { uid, mode: before } = await lstat(inner);
      await lchown(inner, uid, gid);
      await chmod(inner, (before & 0o777) | (entry.isDirectory() ? MODE : 0o060));
    }
  }
}

/**
 * The folder of a namespace, made if it is missing, for a run to mount. The name has been checked; this is about what
 * lies there.
 *
 * @throws PluginError `permission_denied` that says what to change: no workspace, a link, or a folder in which the
 *   user of runs cannot write.
 */
export async function prepareWorkspace(namespace: string, config: ExecutorSettings): Promise<string> {
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
  if (!(await lstat(folder)).isDirectory()) refuse(`${folder} is not a folder of its own`);
  // ratd and its runners make folders and files there too, as users of their own.
  if (process.getuid?.() === 0) await shareWithGroup(folder, gid);
  const found = await lstat(folder);
  const right = found.uid === uid ? 0o700 : found.gid === gid ? 0o070 : 0o007;
  if ((found.mode & right) !== right) {
    refuse(`the user ${user} of runs cannot write in ${folder}: run chown ${user} ${folder}`);
  }
  return folder;
}

function refuse(reason: string): never {
  throw new PluginError("permission_denied", `workspace: ${reason}`);
}
