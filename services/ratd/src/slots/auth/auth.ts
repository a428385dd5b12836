import type { CallContext } from "../slot.ts";

/** Who is calling. */
export interface Identity {
  /** Unique and stable; `anonymous` for a caller whom no plugin knows. */
  readonly userId: string;
  /** Empty when not known. */
  readonly email: string;
  readonly roles: readonly string[];
  /** When the identity stops being valid, milliseconds since 1970; undefined when not known. */
  readonly expiresAt?: number | undefined;
  /** How long it may be taken for granted, milliseconds; undefined when the plugin does not say. */
  readonly maxAgeMs?: number | undefined;
}

/** How people get a token: an OpenID provider and a public client of it. */
export interface LoginOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The resource (RFC 8707) that the token is for; empty when the provider needs none. */
  readonly resource: string;
}

/** The question of Authorize. */
export interface AuthorizeQuestion {
  readonly userId: string;
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly roles: readonly string[];
}

/** An answer to a question of access. */
export interface Decision {
  readonly allowed: boolean;
  /** Why, one sentence; may be empty. */
  readonly reason: string;
  /** How long it may be reused, milliseconds; undefined when the plugin does not say. */
  readonly maxAgeMs?: number | undefined;
}

/** The auth slot: who is calling. */
export interface AuthPort {
  /**
   * The identity behind a bearer token; an empty token is a caller without one.
   *
   * @throws RatError `auth_unavailable` when the plugin could not be asked, else `unauthenticated` whatever the reason:
   * errors of one request never open the slot.
   */
  authenticate(token: string, context: CallContext): Promise<Identity>;

  /** Whether a user holds a permission by role. */
  authorize(question: AuthorizeQuestion, context: CallContext): Promise<Decision>;

  /** How people get a token; undefined when the plugin does not say. */
  loginOptions(context: CallContext): Promise<LoginOptions | undefined>;
}
