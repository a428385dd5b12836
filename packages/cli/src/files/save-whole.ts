import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import process from "node:process";
import { pipeline } from "node:stream/promises";

/** Writes a file, whole or not at all: a download that breaks off leaves nothing behind. `-` is stdout. */
export async function saveWhole(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  if (path === "-") return pipeline(content, process.stdout, { end: false });
  const partial = `${path}.partial-${process.pid}`;
  try {
    await pipeline(content, createWriteStream(partial));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
