import { IncomingMessage, ServerResponse, type IncomingHttpHeaders } from "node:http";
import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type MethodImplSpec } from "@connectrpc/connect";
import { createMethodSerializationLookup } from "@connectrpc/connect/protocol";
import {
  contentTypeUnaryJson,
  contentTypeUnaryProto,
  contentTypeUnaryRegExp,
  parseTimeout,
} from "@connectrpc/connect/protocol-connect";
import type { RequestHandler } from "@rat/contracts/unread-rest";
import { readBody } from "./read-body.ts";
import { sendError, sendMessage } from "./unary-answer.ts";
import { UnaryContext } from "./unary-context.ts";

/** What the handler serves. */
export interface UnaryHandlerOptions {
  /** All methods of the plugin; those that stream are left to `otherwise`. */
  readonly methods: readonly MethodImplSpec[];
  /** Largest request body. */
  readonly readMaxBytes: number;
  /** Aborts when calls under way must end. */
  readonly shutdownSignal: AbortSignal;
  /** Takes every request that is not a plain unary call. */
  readonly otherwise: RequestHandler;
}

/** A unary method, with what reads and writes its messages. */
interface Route {
  readonly method: DescMethodUnary;
  readonly impl: Extract<MethodImplSpec, { kind: "unary" }>["impl"];
  readonly messages: ReturnType<typeof createMethodSerializationLookup<DescMessage, DescMessage>>;
}

const WRITE_MAX_BYTES = 0xff_ff_ff_ff;

/**
 * Serves unary calls of the Connect protocol over HTTP/1.1 without compression, which is how ratd calls, at a fraction
 * of what the RPC library's handler costs. It answers as that one does; a test compares the two.
 */
export function unaryHandler(options: UnaryHandlerOptions): RequestHandler {
  const { readMaxBytes, shutdownSignal, otherwise } = options;
  const routes = routesOf(options);
  const underWay = new Set<UnaryContext>();
  const isHost = hostCheck();
  shutdownSignal.addEventListener("abort", () => {
    for (const context of underWay) context.end(shutdownSignal.reason);
  });

  const serve = async (route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const binary = request.headers["content-type"]?.toLowerCase() === contentTypeUnaryProto;
    const contentType = binary ? contentTypeUnaryProto : contentTypeUnaryJson;
    const timeout = parseTimeout(
      singleHeader(request.headers["connect-timeout-ms"]),
      Number.MAX_SAFE_INTEGER,
    );
    const context = new UnaryContext(route.method, request, contentType, timeout.timeoutMs);
    underWay.add(context);
    response.once("close", () => context.end(request.errored ?? undefined));
    try {
      if (timeout.error !== undefined) throw timeout.error;
      const input = parse(route, binary, await readBody(request, readMaxBytes));
      const output = create(route.method.output, await route.impl(input, context));
      sendMessage(response, route.messages.getO(binary).serialize(output), context);
    } catch (reason) {
      sendError(response, reason, context);
      context.end(reason);
    } finally {
      context.end();
      underWay.delete(context);
    }
  };

  return (request, response) => {
    const route = routes.get(request.url ?? "");
    if (
      route !== undefined &&
      request instanceof IncomingMessage &&
      response instanceof ServerResponse &&
      isPlainCall(request) &&
      isHost(request.headers.host)
    ) {
      serve(route, request, response).catch(() => response.destroy());
    } else {
      otherwise(request, response);
    }
  };
}

function routesOf({ methods, readMaxBytes }: UnaryHandlerOptions): ReadonlyMap<string, Route> {
  const limits = { readMaxBytes, writeMaxBytes: WRITE_MAX_BYTES };
  const routes = new Map<string, Route>();
  for (const spec of methods) {
    if (spec.kind !== "unary") continue;
    const { method, impl } = spec;
    const messages = createMethodSerializationLookup(method, undefined, undefined, limits);
    routes.set(`/${method.parent.typeName}/${method.name}`, { method, impl, messages });
  }
  return routes;
}

/** One message in the body, neither it nor its answer compressed. */
function isPlainCall({ method, headers }: IncomingMessage): boolean {
  return (
    method === "POST" &&
    contentTypeUnaryRegExp.test(headers["content-type"] ?? "") &&
    (headers["content-encoding"] ?? "identity") === "identity" &&
    !headers["accept-encoding"]
  );
}

/** Whether a Host header can stand in a URL; callers send the same one again and again. */
function hostCheck(): (host: string | undefined) => boolean {
  let good = "";
  return (host) => {
    if (host === undefined) return false;
    if (host === good) return true;
    if (!URL.canParse(`http://${host}`)) return false;
    good = host;
    return true;
  };
}

function singleHeader(value: IncomingHttpHeaders[string]): string | null {
  return typeof value === "string" ? value : null;
}

/** @throws ConnectError `invalid_argument`: a body that is no message is its sender's fault. */
function parse({ messages }: Route, binary: boolean, bytes: Uint8Array): MessageShape<DescMessage> {
  try {
    return messages.getI(binary).parse(bytes);
  } catch (reason) {
    const { code, rawMessage } = ConnectError.from(reason);
    throw new ConnectError(rawMessage, code === Code.Internal ? Code.InvalidArgument : code);
  }
}
