import type { CallContext } from "../slot.ts";

/** Who is calling. */
export interface Identity {
  /** Unique and stable; `anonymous` for a caller whom no plugin knows. */
  readonly userId: string;
  /** Empty when not known. */
  readonly email: string;
  readonly roles: readonly string[];
}

/** The question of Authorize. */
export interface AuthorizeQuestion {
  readonly userId: string;
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string;
}

/** An answer to a question of access. */
export interface Decision {
  readonly allowed: boolean;
  /** Why, one sentence; may be empty. */
  readonly reason: string;
}

/** The auth slot: who is calling. */
export interface AuthPort {
  /**
   * The identity behind a bearer token; an empty token is a caller without one.
   *
   * @throws RatError `unauthenticated` whatever the reason: errors of one request never open the slot.
   */
  authenticate(token: string, context: CallContext): Promise<Identity>;

  /** Whether a user holds a permission by role. */
  authorize(question: AuthorizeQuestion, context: CallContext): Promise<Decision>;
}
