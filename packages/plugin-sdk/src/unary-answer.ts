import type { ServerResponse } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { mergeNonProtocolHeaders } from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  contentTypeUnaryJson,
  errorToJsonBytes,
  trailerMux,
} from "@connectrpc/connect/protocol-connect";
import type { UnaryContext } from "./unary-context.ts";

/** Above it, a copy of the body costs more than a second write. */
const ONE_WRITE_BYTES = 16_384;

/** Answers a call with a message. */
export function sendMessage(response: ServerResponse, body: Uint8Array, context: UnaryContext): void {
  send(response, 200, context.contentType, body, context);
}

/** Answers a call with an error. What is no ConnectError stays unsaid: it may carry secrets. */
export function sendError(response: ServerResponse, reason: unknown, context: UnaryContext): void {
  const error = reason instanceof ConnectError ? reason : new ConnectError("internal error", Code.Internal);
  if (!error.isWireError && error.metadata.keys().next().done !== true) {
    mergeNonProtocolHeaders(context.responseHeader, error.metadata);
  }
  send(
    response,
    codeToHttpStatus(error.code),
    contentTypeUnaryJson,
    errorToJsonBytes(error, undefined),
    context,
  );
}

function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: Uint8Array,
  { added }: UnaryContext,
): void {
  if (response.destroyed) return;
  const fields = ["content-type", contentType, "content-length", String(body.length)];
  if (added !== undefined) {
    for (const [name, value] of trailerMux(added.header, added.trailer)) {
      if (name !== "content-type" && name !== "content-length") fields.push(name, value);
    }
  }
  response.writeHead(status, fields);
  if (body.length > ONE_WRITE_BYTES) response.end(body);
  // Node writes head and body at once when both are texts.
  else response.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1"), "latin1");
}
