import type { MaybePromise } from "../maybe-promise.ts";
import type { PluginContext } from "../../plugin-context.ts";

/** The caller's credential. */
export interface AuthenticateInput {
  /** The bearer token without its scheme; may be empty or garbage. */
  readonly token: string;
}

/** Who the caller is. */
export interface Identity {
  /** Unique and stable; an empty one is refused as a fault of the plugin. */
  readonly userId: string;
  readonly email?: string;
  readonly roles?: readonly string[];
  /** When the identity stops being valid; ratd caches it never longer. */
  readonly expiresAt?: Date;
  /** How long ratd may take the token for this identity without asking again; absent leaves it to ratd. */
  readonly maxAgeMs?: number;
}

/** One permission that is asked for. */
export interface AuthorizeInput {
  readonly userId: string;
  readonly action: string;
  readonly resourceType: string;
  /** Empty asks for the kind as a whole. */
  readonly resourceId: string;
  /** The user's roles, as `authenticate` gave them. */
  readonly roles: readonly string[];
}

/** How people get a token: an OpenID provider and a public client of it. */
export interface LoginOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The resource (RFC 8707) that the token is for. */
  readonly resource?: string;
}

/** A yes or no, with one sentence for people. */
export interface AuthorizeResult {
  readonly allowed: boolean;
  readonly reason?: string;
}

/** What an auth plugin does. */
export interface AuthHandlers<C> {
  /** Returns the identity behind a token, or refuses with `ctx.deny`. */
  authenticate(input: AuthenticateInput, ctx: PluginContext<C>): MaybePromise<Identity>;
  /** Says whether a user holds a permission by role. */
  authorize(input: AuthorizeInput, ctx: PluginContext<C>): MaybePromise<AuthorizeResult>;
  /** Says how people get a token. Everybody may read the answer. */
  getLoginOptions?(input: Readonly<Record<string, never>>, ctx: PluginContext<C>): MaybePromise<LoginOptions>;
}
