import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Account } from "./account.ts";

/**
 * The first directory from the root down to `path` that the account may not search; undefined when it reaches
 * `path`. Judged by mode bits alone, since the account has no further groups.
 */
export async function firstBarrier(path: string, account: Account | undefined): Promise<string | undefined> {
  if (account === undefined) return undefined;
  const parent = dirname(path);
  if (parent !== path) {
    const above = await firstBarrier(parent, account);
    if (above !== undefined) return above;
  }
  const found = await stat(path);
  const bit = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001;
  return (found.mode & bit) === 0 ? path : undefined;
}
