import { chown, mkdtemp, open, readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { RatError, systemCode } from "../../errors.ts";
import type { Binaries } from "./binaries.ts";
import type { Placement } from "./placement.ts";
import { programFailure, startProgram } from "./programs.ts";
import { initdbArguments } from "./settings.ts";

/** Makes sure that a whole cluster of the right major version is there; creates it if there is none. */
export async function ensureCluster(options: {
  readonly placement: Placement;
  readonly binaries: Binaries;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { cluster } = options.placement;
  await removeDrafts(cluster);
  const major = await clusterMajor(cluster);
  if (major === undefined) return createCluster(options);
  if (major !== options.binaries.major) {
    const detail =
      `${cluster} was written by PostgreSQL ${major}, but this ratd brings PostgreSQL ${options.binaries.major}. ` +
      "Start the ratd that wrote it and take a dump, or convert it with pg_upgrade; nothing was changed.";
    throw new RatError("database_start_failed", detail);
  }
  const { uid } = await stat(cluster);
  const runsAs = options.placement.account?.uid ?? process.geteuid?.();
  if (runsAs !== undefined && uid !== runsAs) {
    const detail =
      `${cluster} belongs to uid ${uid}, but PostgreSQL would run as uid ${runsAs}. ` +
      `Start ratd as its owner or as root, or run \`chown -R ${runsAs} ${cluster}\`.`;
    throw new RatError("database_start_failed", detail);
  }
}

/** The major version of an existing cluster; undefined when there is none yet. */
async function clusterMajor(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, "PG_VERSION"), "utf8")).trim();
  } catch (error) {
    const code = systemCode(error);
    if (code !== "ENOENT") {
      const detail = `${cluster}/PG_VERSION cannot be read (${code}). Start ratd as the owner of the cluster or as root.`;
      throw new RatError("database_start_failed", detail, { cause: error });
    }
  }
  const entries = await readdir(cluster).catch(() => []);
  if (entries.length === 0) return undefined;
  const detail =
    `${cluster} holds files but no database cluster (PG_VERSION is missing). ` +
    "Restore it from a backup, or move it away to start with an empty database.";
  throw new RatError("database_start_failed", detail);
}

/** initdb works on a draft that gets its name when it is whole: whatever kills it leaves no half cluster. */
async function createCluster(options: {
  readonly placement: Placement;
  readonly binaries: Binaries;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { cluster, account } = options.placement;
  const draft = await mkdtemp(draftPrefix(cluster)).catch((error: unknown) => {
    const code = systemCode(error) ?? String(error);
    const kind = code === "ENOSPC" ? "disk_full" : "data_directory_unusable";
    throw new RatError(kind, `No database cluster can be created beside ${cluster}: ${code}.`, {
      cause: error,
    });
  });
  try {
    if (account !== undefined) await chown(draft, account.uid, account.gid);
    options.signal.throwIfAborted();
    const program = await startProgram({
      program: options.binaries.initdb,
      arguments: initdbArguments(draft),
      account,
      directory: draft,
    });
    const abort = () => program.killGroup();
    options.signal.addEventListener("abort", abort);
    const { code } = await program.exited;
    options.signal.removeEventListener("abort", abort);
    options.signal.throwIfAborted();
    if (code !== 0) throw programFailure(`initdb could not create ${cluster}.`, program);
    await rmdir(cluster).catch(() => undefined);
    await rename(draft, cluster);
    await syncDirectory(dirname(cluster));
  } catch (error) {
    await rm(draft, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    throw error;
  }
}

function draftPrefix(cluster: string): string {
  return `${cluster}.new-`;
}

/** Drafts of an initdb that was killed. One that cannot be removed is in nobody's way. */
async function removeDrafts(cluster: string): Promise<void> {
  const home = dirname(cluster);
  const prefix = basename(draftPrefix(cluster));
  for (const name of await readdir(home)) {
    if (!name.startsWith(prefix)) continue;
    await rm(join(home, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(
      () => undefined,
    );
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
