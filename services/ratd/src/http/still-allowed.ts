import type { FastifyRequest } from "fastify";
import { holds, type Scope } from "../scopes.ts";
import type { HttpDeps } from "./deps.ts";
import { credentialsOf } from "./layers/authenticate.ts";
import type { RouteAccess } from "./layers/authorize.ts";

/** A stream's right to go on is looked at so often, besides each change that may concern it, milliseconds. */
const LOOK_MS = 30_000;

/**
 * Calls `end` when the caller of a stream may no longer have it: the key was revoked, the token has run out, the object is
 * no longer theirs to see, or one of the `further` scopes is gone. Their client comes back and is told why. Looks until the returned function is called.
 */
export function endWhenRefused(
  deps: Pick<HttpDeps, "access" | "slots" | "clock">,
  request: FastifyRequest,
  access: RouteAccess | undefined,
  end: () => void,
  further: readonly Scope[] = [],
): () => void {
  const { principals, access: decisions, onForget } = deps.access;
  const { scope } = request.routeOptions.config;
  let over = false;
  let looking = false;
  let again = false;
  const allowed = async () => {
    const slots = deps.slots.current();
    const { identity, scopes } = await principals.identify(credentialsOf(request), slots, request.rat);
    if ([...(scope === undefined ? [] : [scope]), ...further].some((one) => !holds(scopes, one)))
      return false;
    return access === undefined || (await decisions.decide(identity, access, slots, request.rat)).allowed;
  };
  const look = async (): Promise<void> => {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    again = false;
    // Whatever is in the way: who cannot be let in anew is not let go on.
    const goesOn = await allowed().catch(() => false);
    looking = false;
    if (over) return;
    if (!goesOn) end();
    else if (again) await look();
  };
  let cancel = () => undefined as void;
  const later = () => {
    cancel = deps.clock.after(LOOK_MS, () => {
      void look();
      later();
    });
  };
  later();
  const unsubscribe = onForget(() => void look());
  return () => {
    over = true;
    cancel();
    unsubscribe();
  };
}
