import type { MaybePromise } from "../maybe-promise.ts";
import type { PluginContext } from "../../plugin-context.ts";
import type { Credentials } from "../cloud/handlers.ts";

/** One operation that is asked for. */
export interface AccessCheck {
  /** "anonymous" for a caller that no auth plugin knows. */
  readonly userId: string;
  readonly roles: readonly string[];
  readonly resourceType: string;
  /** Empty asks for the kind as a whole. */
  readonly resourceId: string;
  readonly action: string;
}

/** A yes or no, with one sentence for people. */
export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason?: string;
}

/** What an enforcement plugin does. */
export interface EnforcementHandlers<C> {
  /** Decides on one operation. */
  canAccess(check: AccessCheck, ctx: PluginContext<C>): MaybePromise<AccessDecision>;
  /** Decides on several; one decision for each check, in the same order. */
  batchCanAccess?(
    input: { checks: readonly AccessCheck[] },
    ctx: PluginContext<C>,
  ): MaybePromise<readonly AccessDecision[]>;
  /** Vends credentials; belongs to the cloud slot in most installations. */
  getCredentials?(
    input: { provider: string; resource: string },
    ctx: PluginContext<C>,
  ): MaybePromise<Credentials>;
}
