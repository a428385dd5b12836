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
}

/** One permission that is asked for. */
export interface AuthorizeInput {
  readonly userId: string;
  readonly action: string;
  readonly resourceType: string;
  /** Empty asks for the kind as a whole. */
  readonly resourceId: string;
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
}
