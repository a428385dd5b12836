import { chown, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { firstBarrier, type Account } from "@rat/processes";

const PREFIX = "rat-pg-";
// sockaddr_un holds 107 bytes and a NUL on Linux, 103 and a NUL on macOS; 6 random characters follow the prefix.
const LONGEST_PATH = 103;
const SOCKET_NAME = "/.s.PGSQL.5432.lock";

/**
 * A fresh directory for the server's socket, for its user only (0700): who may enter may connect. Not in the data
 * directory, whose path may be too long for a socket and whose file system may not carry one. The random
 * name keeps other users of a shared /tmp from occupying it first.
 */
export async function makeSocketDirectory(account: Account | undefined): Promise<string> {
  const parent = fits(tmpdir(), account) ? tmpdir() : "/tmp";
  const path = await mkdtemp(join(parent, PREFIX));
  if (account !== undefined) await chown(path, account.uid, account.gid);
  return path;
}

/** Whether the path has the form of those made here, and may be removed. */
export function isSocketDirectory(path: string): boolean {
  return basename(path).startsWith(PREFIX) && basename(path).length === PREFIX.length + 6;
}

function fits(parent: string, account: Account | undefined): boolean {
  const length = Buffer.byteLength(join(parent, `${PREFIX}XXXXXX`)) + SOCKET_NAME.length;
  if (length > LONGEST_PATH) return false;
  try {
    return firstBarrier(parent, account) === undefined;
  } catch {
    return false;
  }
}
