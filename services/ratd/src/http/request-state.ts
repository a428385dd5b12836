import type { FastifyReply, FastifyRequest } from "fastify";
import { anonymousPrincipal, type AuthMode, type Principal } from "../access/principal.ts";
import type { Question } from "../access/question.ts";
import type { Identity } from "../slots/auth/auth.ts";
import type { SlotSnapshot } from "../slots/slot-snapshot.ts";
import type { CallContext } from "../slots/slot.ts";

/** What the layers know about one request. */
export interface RequestState extends CallContext {
  /** The slots as they stood when the request came; it is served entirely under them. */
  readonly slots: SlotSnapshot;
  principal: Principal;
  /** The identity of the principal. */
  caller: Identity;
  authMode: AuthMode;
  /** What the route is about to do; undefined before that is known, or when no access check says it. */
  question: Question | undefined;
  /** What the enforcement slot refused; undefined while it has refused nothing. */
  refusal: { readonly question: Question; readonly reason: string } | undefined;
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
  const gone = new AbortController();
  // "close" comes after every answer; an abort that nobody waits for would still cost an exception with its stack.
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return {
    requestId: request.id,
    traceparent: continueTrace(request.headers["traceparent"]),
    signal: gone.signal,
    slots,
    principal: NOBODY,
    caller: NOBODY.identity,
    authMode: "builtin",
    question: undefined,
    refusal: undefined,
  };
}

/** The caller's trace with a span of our own, or a new trace. */
function continueTrace(inbound: string | string[] | undefined): string {
  const match =
    typeof inbound === "string" ? /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(inbound) : null;
  const random = crypto.randomUUID().replaceAll("-", "");
  const trace = match?.[1] ?? crypto.randomUUID().replaceAll("-", "");
  return `00-${trace}-${random.slice(0, 16)}-${match?.[2] ?? "00"}`;
}
