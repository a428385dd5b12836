import type { Decision, Identity } from "../auth/auth.ts";
import type { CallContext } from "../slot.ts";

/** A thing that somebody may own. */
export interface OwnedResource {
  readonly resourceType: string;
  /** Empty stands for the kind as a whole. */
  readonly resourceId: string;
  /** Empty when nobody owns it. */
  readonly ownerId: string;
}

/** One operation on one thing, with what the thing lies in: nearest first. */
export interface AccessCheck extends OwnedResource {
  readonly action: string;
  readonly ancestors: readonly OwnedResource[];
}

/** One way in which a user has access. */
export interface AccessPath {
  /** `owner`, `grant`, `role` or `policy`. */
  readonly source: string;
  readonly resourceType: string;
  readonly resourceId: string;
  /** `read`, `write`, `admin` or `owner`. */
  readonly level: string;
  /** Whether this alone allows the action. */
  readonly sufficient: boolean;
  /** Empty for other sources than grants. */
  readonly grantId: string;
  readonly grantedBy: string;
  readonly expiresAt: Date | undefined;
}

/** A decision with everything that speaks for it. */
export interface Explanation extends Decision {
  /** Undefined when the plugin does not tell. */
  readonly paths: readonly AccessPath[] | undefined;
}

/** Most checks that one call of `canAccessAll` takes. */
export const MAX_CHECKS = 1000;

/** The enforcement slot: may this user do this. */
export interface EnforcementPort {
  canAccess(who: Identity, check: AccessCheck, context: CallContext): Promise<Decision>;

  /** One decision for each check, in the same order; at most MAX_CHECKS of them. */
  canAccessAll(
    who: Identity,
    checks: readonly AccessCheck[],
    context: CallContext,
  ): Promise<readonly Decision[]>;

  /** As `canAccess`, with what speaks for it as far as the plugin tells. */
  explain(who: Identity, check: AccessCheck, context: CallContext): Promise<Explanation>;

  /**
   * The revision of the data behind the decisions: at once, at each change, and the same one at least twice a second.
   * Ends or throws when the plugin is away. @throws RatError not_available when the plugin does not offer it
   */
  watchInvalidations(context: CallContext): AsyncIterable<string>;
}
