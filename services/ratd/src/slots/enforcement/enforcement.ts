import type { Decision, Identity } from "../auth/auth.ts";
import type { CallContext } from "../slot.ts";

/** One operation on one thing. */
export interface AccessCheck {
  readonly action: string;
  readonly resourceType: string;
  /** Empty asks for the kind as a whole. */
  readonly resourceId: string;
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
}
