import { chmod, chown, lstat, realpath, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { firstBarrier, type Account } from "@rat/processes";
import { RatError, systemCode } from "../../errors.ts";
import { makeSharedPlace } from "../data-directory/shared-place.ts";
import { chooseAccount } from "./account.ts";

/** Where the cluster lives and who runs it. */
export interface Placement {
  /** Undefined: as ratd itself. */
  readonly account: Account | undefined;
  /** The cluster directory; may not exist yet. */
  readonly cluster: string;
  /** The directory around the cluster, for copied programs too. */
  readonly home: string;
  /** What the operator should know about it. */
  readonly notice: string | undefined;
}

/**
 * Decides where the cluster lives: in the data directory, or, when ratd is root and PostgreSQL's account cannot
 * get there (/root is 0700), below `sharedHome`, with a link in the data directory so that it is found again.
 */
export async function placeCluster(options: {
  readonly dataDirectory: string;
  readonly sharedHome: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Promise<Placement> {
  const usual = join(options.dataDirectory, "postgres");
  const existing = await followLink(usual);
  const account = await chooseAccount({
    cluster: existing,
    dataDirectory: options.dataDirectory,
    environment: options.environment,
  });
  const home = existing === undefined ? options.dataDirectory : dirname(existing);
  const barrier = await openOwnDirectory(firstBarrier(home, account), options.dataDirectory, account);
  if (barrier === undefined) {
    const cluster = existing ?? usual;
    return { account, cluster, home, notice: noticeFor(cluster, options.dataDirectory, account, undefined) };
  }
  if (existing !== undefined) {
    const detail =
      `The database cluster ${existing} belongs to uid ${account?.uid}, who cannot search ${barrier}. ` +
      `Run \`chmod o+x ${barrier}\`, or move the data directory to another place.`;
    throw new RatError("database_start_failed", detail);
  }
  const elsewhere = placeElsewhere(options, barrier, account);
  const cluster = join(elsewhere, "postgres");
  return {
    account,
    cluster,
    home: elsewhere,
    notice: noticeFor(cluster, options.dataDirectory, account, barrier),
  };
}

/** Makes the place for a cluster whose account cannot get into the data directory. */
function placeElsewhere(
  options: { readonly sharedHome: string; readonly dataDirectory: string },
  barrier: string,
  account: Account | undefined,
): string {
  const { sharedHome, dataDirectory } = options;
  const refusal = (why: string, cause?: unknown) =>
    new RatError(
      "database_start_failed",
      `PostgreSQL refuses root and would run as uid ${account?.uid}, who cannot search ${barrier}; the place for ` +
        `that case, ${sharedHome}, cannot be used either: ${why}. Run \`chmod o+x ${barrier}\`, or set RAT_DATA_DIR.`,
      { cause },
    );
  let place: string;
  try {
    place = makeSharedPlace(sharedHome, dataDirectory);
  } catch (error) {
    throw refusal(`nothing can be made there (${systemCode(error) ?? String(error)})`, error);
  }
  const further = firstBarrier(place, account);
  if (further !== undefined) throw refusal(`it cannot search ${further}`);
  return place;
}

/** Leaves a link in the data directory to a cluster that lives elsewhere. */
export async function linkCluster(dataDirectory: string, cluster: string): Promise<void> {
  const usual = join(dataDirectory, "postgres");
  const there = await lstat(usual).catch(() => undefined);
  if (usual !== cluster && there === undefined) await symlink(cluster, usual);
}

/** The real path of an existing cluster, whether it lies there or is linked to. */
async function followLink(usual: string): Promise<string | undefined> {
  const entry = await lstat(usual).catch(() => undefined);
  if (entry === undefined) return undefined;
  const target = await realpath(usual).catch((error: unknown) => {
    const detail =
      `${usual} is a link to the database cluster, but its target is gone or out of reach. ` +
      "Restore the target, or remove the link to start with an empty database.";
    throw new RatError("database_start_failed", detail, { cause: error });
  });
  return target;
}

/**
 * Lets PostgreSQL's group search (not read) the data directory, when that alone stands in its way and is root's own:
 * ratd made it 0700 for root a moment ago. Returns the barrier that remains.
 */
async function openOwnDirectory(
  barrier: string | undefined,
  dataDirectory: string,
  account: Account | undefined,
): Promise<string | undefined> {
  if (barrier !== dataDirectory || account === undefined) return barrier;
  const found = await stat(dataDirectory);
  if (found.uid !== 0 || (found.mode & 0o077) !== 0) return barrier;
  await chown(dataDirectory, found.uid, account.gid);
  await chmod(dataDirectory, 0o710);
  return firstBarrier(dataDirectory, account);
}

function noticeFor(
  cluster: string,
  dataDirectory: string,
  account: Account | undefined,
  barrier: string | undefined,
): string | undefined {
  if (account === undefined) return undefined;
  const who = `ratd runs as root, which PostgreSQL refuses: it runs as uid ${account.uid}`;
  if (dirname(cluster) === dataDirectory) return `${who}.`;
  const why = barrier === undefined ? "" : ` since that user cannot search ${barrier}`;
  return `${who}, and its data lies in ${cluster}${why}. Keep that directory with ${dataDirectory} in backups.`;
}
