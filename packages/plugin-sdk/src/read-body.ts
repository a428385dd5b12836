import type { IncomingMessage } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";

/**
 * Reads the body of a request.
 *
 * @throws ConnectError `resource_exhausted` as soon as it is or will be over the limit; the rest then stays unread.
 * @throws the error of the connection when the caller leaves.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const announced = Number(request.headers["content-length"]);
    if (announced > maxBytes) {
      reject(tooLarge(`message size ${announced}`, maxBytes));
      return;
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) reject(tooLarge("message size", maxBytes));
      else chunks.push(chunk);
    });
    request.once("end", () => {
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size));
    });
    request.once("error", reject);
  });
}

function tooLarge(what: string, limit: number): ConnectError {
  return new ConnectError(`${what} is larger than configured readMaxBytes ${limit}`, Code.ResourceExhausted);
}
