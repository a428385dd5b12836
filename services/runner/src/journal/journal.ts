import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatEntry, parseEntry, type JournalEntry } from "./journal-entry.ts";
import { readEnd, type LeftEnd } from "./left-end.ts";

/**
 * Remembers runs across the end of this process: one small file for each, written before the run starts. It outlives a
 * killed process; after a crash of the machine the newest entries may be missing, as nothing is forced to the disk.
 */
export class Journal {
  readonly #folder: string;

  /** `folder` is made when it is not there. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** All entries; files that cannot be read are left aside. */
  read(): readonly JournalEntry[] {
    return readdirSync(this.#folder).flatMap((name) => {
      if (!name.endsWith(".json")) return [];
      return parseEntry(readFileSync(join(this.#folder, name), "utf8")) ?? [];
    });
  }

  /** Writes an entry anew: the file holds the former or the new one, never a part. */
  write(entry: JournalEntry): void {
    const file = this.#fileOf(entry.runId);
    writeFileSync(`${file}.new`, formatEntry(entry), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    // The entry says it now.
    if (entry.ended !== undefined) rmSync(this.#endFileOf(entry.runId), { force: true });
  }

  /** Where the end of a new run is left until its entry says it, by a process that outlives this one. */
  newEndFile(runId: string): string {
    const file = this.#endFileOf(runId);
    rmSync(file, { force: true });
    return file;
  }

  /** The end that was left for a run; undefined when it has none. */
  leftEnd(runId: string): LeftEnd | undefined {
    return readEnd(this.#endFileOf(runId));
  }

  forget(runId: string): void {
    rmSync(this.#fileOf(runId), { force: true });
    rmSync(this.#endFileOf(runId), { force: true });
  }

  #endFileOf(runId: string): string {
    return `${this.#fileOf(runId)}.end`;
  }

  #fileOf(runId: string): string {
    // Run ids are data: a hash has no slashes, dots, or capitals that some file systems take for the same.
    return join(this.#folder, `${createHash("sha256").update(runId).digest("hex").slice(0, 40)}.json`);
  }
}
