import { IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";

/** How long the rest of a request is read away, milliseconds. */
const LIMIT_MS = 5_000;

/** Answers one request, whatever version of HTTP it came by. */
export type RequestHandler = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

/**
 * Lets a handler answer a request that it has not read to its end, because that is too large or of no use: the rest
 * is read and thrown away, so that the connection serves the next request. A caller who goes on sending for more
 * than five seconds after the answer is cut off.
 */
export function readingRest(handler: RequestHandler): RequestHandler {
  return (request, response) => {
    // The RPC library stops half-way in its loop over the body, which would destroy the request: then nobody could read.
    Object.assign(request, { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) });
    const answer = response instanceof ServerResponse ? response : response.stream;
    answer.once("finish", () => {
      if (!request.readableEnded) readAway(request);
    });
    handler(request, response);
  };
}

function readAway(request: IncomingMessage | Http2ServerRequest): void {
  const timer = setTimeout(() => {
    if (request instanceof IncomingMessage) request.socket.destroy();
    else request.stream.close(constants.NGHTTP2_NO_ERROR);
  }, LIMIT_MS);
  request.once("close", () => clearTimeout(timer));
  request.resume();
}
