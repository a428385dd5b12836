import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ReportAddress } from "./container-run.ts";
import type { StopReason } from "./outcome.ts";

/** What an executor would forget of a run with its own end, and labels must not hold. */
export interface RunMemory extends ReportAddress {
  readonly stopping: StopReason | undefined;
}

/**
 * Keeps {@link RunMemory} in a folder, one file for each run, readable to this user alone. Without a folder it keeps
 * nothing. It is a convenience: a file that is missing or broken only means that ratd has to hand over the run again.
 */
export class RunStateStore {
  readonly #folder: string | undefined;

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** Writes what is known of a run; `name` is the name of its container. */
  async save(name: string, memory: RunMemory): Promise<void> {
    if (this.#folder === undefined) return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, `${name}.json`);
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      await file.writeFile(JSON.stringify({ ...memory, epoch: String(memory.epoch) }));
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }

  /** What was saved; undefined when nothing usable was. */
  async load(name: string): Promise<RunMemory | undefined> {
    if (this.#folder === undefined) return undefined;
    try {
      return parseMemory(JSON.parse(await readFile(join(this.#folder, `${name}.json`), "utf8")));
    } catch {
      return undefined;
    }
  }

  async forget(name: string): Promise<void> {
    if (this.#folder !== undefined) await rm(join(this.#folder, `${name}.json`), { force: true });
  }
}

function parseMemory(value: unknown): RunMemory | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { epoch, token, reportUrl, stopping } = value as Readonly<Record<string, unknown>>;
  if (typeof epoch !== "string" || !/^-?\d+$/.test(epoch)) return undefined;
  if (typeof token !== "string" || typeof reportUrl !== "string") return undefined;
  const known = stopping === "cancelled" || stopping === "deadline" ? stopping : undefined;
  return { epoch: BigInt(epoch), token, reportUrl, stopping: known };
}
