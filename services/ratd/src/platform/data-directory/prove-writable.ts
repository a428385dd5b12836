import { randomUUID } from "node:crypto";
import { open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { explainFileError } from "./explain-file-error.ts";

// One page: a full disk often still takes an empty file.
const PROBE = Buffer.alloc(4096, "ratd was here\n");

/** Writes, syncs and removes a small file. Mode bits alone lie under root, ACLs, quotas and read-only mounts. */
export async function proveWritable(directory: string): Promise<void> {
  const path = join(directory, `write-probe-${randomUUID()}`);
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(PROBE);
      await file.sync();
    } finally {
      await file.close();
      await unlink(path);
    }
  } catch (error) {
    throw await explainFileError(error, "write to", directory);
  }
}
