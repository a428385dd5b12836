import { chmodSync, lstatSync, readdirSync, readlinkSync, rmdirSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { firstBarrier, makePassage } from "@rat/processes";
import { makeSharedPlace } from "../platform/data-directory/shared-place.ts";
import type { Logger } from "../platform/logger.ts";

/** Nobody in particular: no file is this user's or of this group. */
const STRANGER = { uid: -1, gid: -1 };

/** What decides where the files of the namespaces lie. */
export interface WorkspacePlace {
  /** Where everybody looks for them. */
  readonly workspace: string;
  readonly dataDirectory: string;
  /** Where they go when the users of runs cannot get into the data directory. */
  readonly sharedHome: string;
  readonly logger: Logger;
}

/**
 * Makes the workspace, so that the users of runs, whom there are when ratd is root, can get to it. Where a folder above
 * the data directory is closed to them, as root's home is, the files lie in `sharedHome`, with a link in their place;
 * files that are in the data directory already stay there, and the runner tells what to open.
 */
export function placeWorkspace(place: WorkspacePlace): void {
  const barrier = process.getuid?.() === 0 ? barrierOf(place) : undefined;
  if (barrier === undefined || !isVacant(place.workspace)) return makePassage(target(place.workspace));
  const { workspace, dataDirectory, sharedHome, logger } = place;
  try {
    const elsewhere = join(makeSharedPlace(sharedHome, dataDirectory), "workspace");
    makePassage(elsewhere);
    symlinkSync(elsewhere, workspace);
    logger.info(
      { workspace: elsewhere, closed: barrier },
      "the users of runs cannot enter a folder on the way to the data directory: the files of namespaces lie elsewhere",
    );
  } catch (error) {
    logger.warn({ err: error, closed: barrier }, `the files of namespaces cannot lie in ${sharedHome}`);
    makePassage(workspace);
  }
}

/** What stands between the users of runs and the data directory; a workspace elsewhere is the operator's to open. */
function barrierOf({ workspace, dataDirectory }: WorkspacePlace): string | undefined {
  if (dirname(workspace) !== dataDirectory) return undefined;
  chmodSync(dataDirectory, (statSync(dataDirectory).mode & 0o777) | 0o001);
  return firstBarrier(dataDirectory, STRANGER);
}

/** Whether nothing is there; an empty folder is taken away. */
function isVacant(workspace: string): boolean {
  const there = lstatSync(workspace, { throwIfNoEntry: false });
  if (there === undefined) return true;
  if (!there.isDirectory() || readdirSync(workspace).length > 0) return false;
  rmdirSync(workspace);
  return true;
}

/** Where a link leads, although nothing may be there any more. */
function target(workspace: string): string {
  return lstatSync(workspace, { throwIfNoEntry: false })?.isSymbolicLink() === true
    ? readlinkSync(workspace)
    : workspace;
}
