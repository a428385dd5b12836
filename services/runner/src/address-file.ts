import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Leaves word of where the runner listens, for a ratd that did not start it. Answers how to take it back. */
export function leaveAddress(state: string, host: string, port: number): () => void {
  const file = join(state, "address.json");
  writeFileSync(`${file}.new`, JSON.stringify({ host, port, pid: process.pid }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return () => rmSync(file, { force: true });
}
