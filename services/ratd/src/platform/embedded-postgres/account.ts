import { readFile, stat } from "node:fs/promises";

/** The user and group under which PostgreSQL runs. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: Account = { uid: 65534, gid: 65534 };

/**
 * Whom PostgreSQL, which refuses root, shall run as; undefined means: as ratd itself. The first that fits of
 * the owner of what exists already, the user behind sudo, the system's `postgres`, and `nobody`.
 */
export async function chooseAccount(options: {
  /** The cluster, then the data directory; the first that exists and is not root's decides. */
  readonly owned: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Promise<Account | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  for (const path of options.owned) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.uid !== 0) return { uid: found.uid, gid: found.gid };
  }
  return sudoer(options.environment) ?? (await postgresUser()) ?? NOBODY;
}

function sudoer(environment: Readonly<Record<string, string | undefined>>): Account | undefined {
  const uid = Number(environment["SUDO_UID"]);
  const gid = Number(environment["SUDO_GID"]);
  return Number.isInteger(uid) && uid > 0
    ? { uid, gid: Number.isInteger(gid) && gid > 0 ? gid : uid }
    : undefined;
}

async function postgresUser(): Promise<Account | undefined> {
  const users = await readFile("/etc/passwd", "utf8").catch(() => "");
  const fields = users
    .split("\n")
    .find((line) => line.startsWith("postgres:"))
    ?.split(":");
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  return Number.isInteger(uid) && uid > 0 && Number.isInteger(gid) ? { uid, gid } : undefined;
}
