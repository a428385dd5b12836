import { chownSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunFolder } from "../system/run-folders.ts";

/** The file with a run's credentials: JSON, variable name to value. */
export function credentialsFile({ outer }: RunFolder): string {
  return join(outer, "credentials.json");
}

/** Writes credentials so that a reader sees the former or the new ones, never a part. */
export function writeCredentials(
  folder: RunFolder,
  credentials: Readonly<Record<string, string>>,
  uid: number | undefined,
): void {
  const file = credentialsFile(folder);
  writeFileSync(`${file}.new`, JSON.stringify(credentials), { mode: 0o600 });
  if (uid !== undefined) chownSync(`${file}.new`, uid, uid);
  renameSync(`${file}.new`, file);
}
