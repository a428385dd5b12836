import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { systemCode } from "../errors.ts";
import { decodeText, TextError } from "./decode-text.ts";

/** Largest file that the configuration is made of, bytes. */
const MAX_BYTES = 1_048_576;

/**
 * The text of a file of the configuration. Nothing is read of what is no regular file or too large: a pipe to which
 * nobody writes, or a large file, would stop a ratd that reads it again.
 *
 * @throws Error whose message says why, without the path
 */
export function readFileOfConfig(path: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new Error("it is no regular file");
    if (status.size > MAX_BYTES) throw new Error("it is larger than 1 MiB");
    return decodeText(readFileSync(descriptor));
  } catch (reason) {
    if (reason instanceof TextError) throw reason;
    const message = systemCode(reason) ?? (reason instanceof Error ? reason.message : String(reason));
    throw new Error(message, { cause: reason });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
