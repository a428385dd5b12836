import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { UnaryResponse } from "@connectrpc/connect";
import { trailerDemux } from "@connectrpc/connect/protocol-connect";
import type { Http1Answer } from "./http1-call.ts";

/** The answer of a unary call. Its headers are read by hardly anybody, so they are made when they are. */
export class UnaryAnswer<I extends DescMessage, O extends DescMessage> implements UnaryResponse<I, O> {
  readonly stream = false;
  readonly method: DescMethodUnary<I, O>;
  readonly message: MessageShape<O>;
  readonly #received: Http1Answer["headers"];
  #split: readonly [header: Headers, trailer: Headers] | undefined;

  constructor(method: DescMethodUnary<I, O>, message: MessageShape<O>, received: Http1Answer["headers"]) {
    this.method = method;
    this.message = message;
    this.#received = received;
  }

  get service(): DescMethodUnary<I, O>["parent"] {
    return this.method.parent;
  }

  get header(): Headers {
    return (this.#split ??= trailerDemux(receivedHeaders(this.#received)))[0];
  }

  get trailer(): Headers {
    return (this.#split ??= trailerDemux(receivedHeaders(this.#received)))[1];
  }
}

/** The headers of an answer as the RPC library knows them. */
export function receivedHeaders(received: Http1Answer["headers"]): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) {
    for (const one of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, one);
  }
  return headers;
}
