import { realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** A user and its one group, as whom a process runs. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The first directory or file from the root down to `path` that the account may not search or run, on the way through
 * symbolic links too; undefined when it reaches `path`. Judged by mode bits alone, since the account has no further groups.
 * No account means this process itself, which is not judged.
 *
 * @throws the error of the file system when something on the way is missing or cannot be looked at
 */
export function firstBarrier(path: string, account: Account | undefined): string | undefined {
  if (account === undefined) return undefined;
  return barrierOnTheWay(path, account) ?? barrierOnTheWay(realpathSync(path), account);
}

function barrierOnTheWay(path: string, account: Account): string | undefined {
  const parent = dirname(path);
  if (parent !== path) {
    const above = barrierOnTheWay(parent, account);
    if (above !== undefined) return above;
  }
  const found = statSync(path);
  const bit = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001;
  return (found.mode & bit) === 0 ? path : undefined;
}
