import type { FileHandle } from "node:fs/promises";
import { RatError } from "../errors.ts";

/**
 * Writes everything that comes into a file.
 *
 * @throws RatError payload_too_large after more than `maxBytes`; whatever reading or writing throws
 */
export async function writeBounded(
  file: FileHandle,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<void> {
  let written = 0;
  for await (const chunk of content) {
    if (written + chunk.byteLength > maxBytes) {
      throw new RatError(
        "payload_too_large",
        `The file is larger than ${maxBytes} bytes (runs.upload_limit).`,
      );
    }
    await file.writeFile(chunk);
    written += chunk.byteLength;
  }
}
