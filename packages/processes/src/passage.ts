import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** Makes a directory that every user may pass through and only its owner reads, whatever the umask; parents as well. */
export function makePassage(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o711 });
  if (first === undefined) return;
  // The umask took bits away from each that was made.
  for (let made = path; made.startsWith(first); made = dirname(made)) chmodSync(made, 0o711);
}
