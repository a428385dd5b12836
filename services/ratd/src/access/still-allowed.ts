import { holds, type Scope } from "../scopes.ts";
import type { Clock } from "../platform/clock.ts";
import type { CallContext } from "../slots/slot.ts";
import type { Slots } from "../slots/slots.ts";
import type { AccessServices } from "./create-access.ts";
import type { Credentials } from "./principals.ts";
import type { Question } from "./question.ts";

/** A stream's right to go on is looked at so often, besides each change that may concern it, milliseconds. */
const LOOK_MS = 30_000;

/** What looks at the right of a stream. */
export interface StillAllowedDeps {
  readonly access: Pick<AccessServices, "principals" | "access" | "onForget">;
  readonly slots: Pick<Slots, "current">;
  readonly clock: Clock;
}

/** What somebody must be let in by, and may do, to go on with a stream. */
export interface StreamRight {
  readonly credentials: Credentials;
  /** All of them must be held. */
  readonly scopes: readonly Scope[];
  /** Undefined where the stream is about nothing in particular. */
  readonly question: Question | undefined;
}

/**
 * Calls `end` when the caller of a stream may no longer have it: the key was revoked, the token has run out, the object is
 * no longer theirs to see, or one of the scopes is gone. Their client comes back and is told why. Looks until the returned
 * function is called.
 */
export function endWhenRefused(
  deps: StillAllowedDeps,
  { credentials, scopes: needed, question }: StreamRight,
  context: CallContext,
  end: () => void,
): () => void {
  const { principals, access, onForget } = deps.access;
  let over = false;
  let looking = false;
  let again = false;
  const allowed = async () => {
    const slots = deps.slots.current();
    const { identity, scopes } = await principals.identify(credentials, slots, context);
    if (needed.some((one) => !holds(scopes, one))) return false;
    return question === undefined || (await access.decide(identity, question, slots, context)).allowed;
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
