import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import type { Account } from "@rat/processes";

const NOBODY: Account = { uid: 65534, gid: 65534 };

/**
 * Whom PostgreSQL, which refuses root, shall run as; undefined means: as ratd itself. An existing cluster decides. Else
 * it is the first that the system knows by name, which initdb insists on, of the owner of the data directory,
 * the user behind sudo, and `postgres`; then `nobody`.
 */
export async function chooseAccount(options: {
  /** The existing cluster, if there is one. */
  readonly cluster: string | undefined;
  readonly dataDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Promise<Account | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  const ofCluster = options.cluster === undefined ? undefined : await ownerOf(options.cluster);
  if (ofCluster !== undefined) return ofCluster;
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  for (const candidate of [await ownerOf(options.dataDirectory), sudoer(options.environment)]) {
    if (candidate !== undefined && (await hasName(candidate.uid, passwd))) return candidate;
  }
  return postgresUser(passwd) ?? NOBODY;
}

async function ownerOf(path: string): Promise<Account | undefined> {
  const { uid, gid } = await stat(path);
  return uid === 0 ? undefined : { uid, gid };
}

function sudoer(environment: Readonly<Record<string, string | undefined>>): Account | undefined {
  const uid = Number(environment["SUDO_UID"]);
  const gid = Number(environment["SUDO_GID"]);
  return Number.isInteger(uid) && uid > 0
    ? { uid, gid: Number.isInteger(gid) && gid > 0 ? gid : uid }
    : undefined;
}

function postgresUser(passwd: string): Account | undefined {
  const fields = entries(passwd).find(([name]) => name === "postgres");
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  return Number.isInteger(uid) && uid > 0 && Number.isInteger(gid) ? { uid, gid } : undefined;
}

/** Users of a directory service are not in the file; getent knows them too. */
async function hasName(uid: number, passwd: string): Promise<boolean> {
  if (entries(passwd).some((fields) => Number(fields[2]) === uid)) return true;
  return promisify(execFile)("getent", ["passwd", String(uid)], { timeout: 2_000 }).then(
    () => true,
    () => false,
  );
}

function entries(passwd: string): readonly (readonly string[])[] {
  return passwd
    .split("\n")
    .map((line) => line.split(":"))
    .filter((fields) => fields.length >= 4);
}
