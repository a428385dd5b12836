import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { preParsingHookHandler } from "fastify";
import { RatError } from "../../errors.ts";

/** Makes the hook that holds bodies to a limit in bytes, which may be another one at the next request. */
export function limitBody(limit: () => number): preParsingHookHandler {
  return ({ headers, raw }, reply, payload, done) => {
    const bytes = limit();
    if (Number(headers["content-length"]) > bytes) {
      // The rest of the body would be taken for the next request.
      void reply.header("connection", "close");
      return done(tooLarge(bytes));
    }
    // Node holds a body to the length that it announces; one that announces none is counted.
    done(null, headers["transfer-encoding"] === undefined ? payload : Readable.from(counted(raw, bytes)));
  };
}

/** The body as it comes. Left open at an early end, since the answer goes over the same connection. */
async function* counted(body: IncomingMessage, limit: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw tooLarge(limit);
    yield chunk;
  }
}

function tooLarge(bytes: number): RatError {
  return new RatError(
    "payload_too_large",
    `The body is larger than the ${bytes} bytes that this ratd takes.`,
  );
}
