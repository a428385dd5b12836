import type { FastifyReply, FastifyRequest } from "fastify";
import type { Caller } from "../access/caller.ts";
import { anonymousPrincipal, type Principal } from "../access/principal.ts";
import type { Question } from "../access/question.ts";
import { randomHex } from "../platform/random-hex.ts";
import type { SlotSnapshot } from "../slots/slot-snapshot.ts";

/** What the layers know about one request. */
export interface RequestState extends Caller {
  /** Who calls. */
  principal: Principal;
  /** What the route is about to do; undefined before that is known, or when no access check says it. */
  question: Question | undefined;
  /** What the enforcement slot refused; undefined while it has refused nothing. */
  refusal: { readonly question: Question; readonly reason: string } | undefined;
  /** Whoever does what the route is for records it for this caller: the audit layer writes no second record. */
  recorded: boolean;
}

declare module "fastify" {
  interface FastifyRequest {
    rat: RequestState;
  }
}

/** Who calls as long as nobody has asked. */
const NOBODY = anonymousPrincipal("builtin");

/** The state of a request before any layer has run. */
export function newRequestState(
  request: FastifyRequest,
  reply: FastifyReply,
  slots: SlotSnapshot,
): RequestState {
  return new FreshRequestState(request, reply, slots);
}

/** Trace and signal are made when a call to a plugin first asks for them: many requests need none. */
class FreshRequestState implements RequestState {
  readonly requestId: string;
  readonly slots: SlotSnapshot;
  principal: Principal = NOBODY;
  question: Question | undefined = undefined;
  refusal: RequestState["refusal"] = undefined;
  recorded = false;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  #traceparent: string | undefined;
  #signal: AbortSignal | undefined;

  constructor(request: FastifyRequest, reply: FastifyReply, slots: SlotSnapshot) {
    this.requestId = request.id;
    this.slots = slots;
    this.#request = request;
    this.#reply = reply;
  }

  get traceparent(): string {
    return (this.#traceparent ??= continueTrace(this.#request.headers["traceparent"]));
  }

  get signal(): AbortSignal {
    return (this.#signal ??= signalOf(this.#reply.raw));
  }
}

/** Aborts when the connection closes before the answer is out. */
function signalOf(response: FastifyReply["raw"]): AbortSignal {
  const gone = new AbortController();
  // "close" comes after every answer; an abort that nobody waits for would still cost an exception with its stack.
  const closed = () => {
    if (!response.writableFinished) gone.abort();
  };
  if (response.closed) closed();
  else response.once("close", closed);
  return gone.signal;
}

/** The caller's trace with a span of our own, or a new trace. */
function continueTrace(inbound: string | string[] | undefined): string {
  const match =
    typeof inbound === "string" ? /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(inbound) : null;
  const span = randomHex(8);
  return `00-${match?.[1] ?? randomHex(16)}-${span}-${match?.[2] ?? "00"}`;
}
