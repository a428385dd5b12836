import { createHash } from "node:crypto";
import { chmodSync, statSync } from "node:fs";
import { join } from "node:path";
import { makePassage } from "@rat/processes";

/** Where things go that other users must reach, when they cannot get into the data directory. */
export const SHARED_HOME = "/var/lib/rat";

/** Makes the directory in `sharedHome` that belongs to this data directory; every user may pass through both. */
export function makeSharedPlace(sharedHome: string, dataDirectory: string): string {
  const hash = createHash("sha256").update(dataDirectory).digest("hex").slice(0, 12);
  const place = join(sharedHome, hash);
  makePassage(place);
  for (const path of [sharedHome, place]) {
    // A former ratd may have made it under a narrower umask.
    const { uid, mode } = statSync(path);
    if (uid === process.geteuid?.() && (mode & 0o111) !== 0o111) chmodSync(path, (mode & 0o777) | 0o111);
  }
  return place;
}
