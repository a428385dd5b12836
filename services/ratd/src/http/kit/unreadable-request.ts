import { randomUUID } from "node:crypto";
import { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { RatError, systemCode } from "../../errors.ts";
import type { Logger } from "../../platform/logger.ts";
import { problemOf } from "./problem.ts";

/** What a request may take until it can be read. */
export interface ReadingLimits {
  readonly maxHeaderBytes: number;
  readonly headersMs: number;
}

/**
 * Answers what could not be read as HTTP, so that no request was made of it, with a problem document like any other
 * error, and ends the connection: nobody knows where the next request would begin.
 */
export function unreadableRequests({ logger }: { readonly logger: Logger }, limits: ReadingLimits) {
  return (reason: Error, socket: Socket): void => {
    if (systemCode(reason) === "ECONNRESET" || !socket.writable || answering(socket)) {
      socket.destroy(reason);
      return;
    }
    const error = read(reason, limits);
    const requestId = randomUUID();
    logger.info(
      { request_id: requestId, code: error.code, client: socket.remoteAddress, err: reason },
      "a request could not be read",
    );
    const body = JSON.stringify(problemOf(error, "", requestId));
    const fields = {
      "content-type": "application/problem+json",
      "content-length": Buffer.byteLength(body),
      "x-request-id": requestId,
      "x-content-type-options": "nosniff",
      connection: "close",
    };
    const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    const { status, title } = error.kind;
    socket.write(`HTTP/1.1 ${status} ${title}\r\n${head.join("")}\r\n${body}`);
    socket.destroySoon();
  };
}

function read(reason: Error, { maxHeaderBytes, headersMs }: ReadingLimits): RatError {
  const facts = { cause: reason };
  switch (systemCode(reason)) {
    case "HPE_HEADER_OVERFLOW":
      return new RatError("headers_too_large", `The headers are over ${maxHeaderBytes} bytes.`, facts);
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new RatError(
        "request_timeout",
        `The request did not arrive in time: its headers within ${headersMs / 1000} s, all of it within \`limits.request\`.`,
        facts,
      );
    default:
      return new RatError("bad_request", `The request is not valid HTTP: ${reason.message}.`, facts);
  }
}

/** Whether an answer has begun on the connection, which another one would be mistaken for a part of. */
function answering(socket: Socket): boolean {
  const response: unknown = Reflect.get(socket, "_httpMessage");
  return response instanceof ServerResponse && response.headersSent;
}
