import type { IncomingMessage } from "node:http";
import { pipeline, Transform, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { EgressError } from "./egress-error.ts";

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The body of an answer as it was meant, which fails past `limit` bytes or when `signal` fires. */
export function cappedBody(answer: IncomingMessage, limit: number, signal: AbortSignal): Readable {
  let bytes = 0;
  const cap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const over = bytes > limit;
      done(
        over ? new EgressError("too_large", `has more than ${limit} bytes`) : null,
        over ? undefined : chunk,
      );
    },
  });
  const announced = Number(answer.headers["content-length"]);
  const decoder = DECODERS[answer.headers["content-encoding"]?.toLowerCase() ?? ""];
  // Whoever reads the last stage hears of a failure of any stage.
  const failed = () => undefined;
  if (decoder === undefined) pipeline(answer, cap, failed);
  else pipeline(answer, decoder(), cap, failed);
  if (decoder === undefined && announced > limit) {
    cap.destroy(new EgressError("too_large", `has more than ${limit} bytes`));
  }
  const abort = () => cap.destroy(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  cap.once("close", () => signal.removeEventListener("abort", abort));
  if (signal.aborted) abort();
  return cap;
}
