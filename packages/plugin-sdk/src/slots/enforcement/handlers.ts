import type { MaybePromise } from "../maybe-promise.ts";
import type { PluginContext } from "../../plugin-context.ts";
import type { Credentials } from "../cloud/handlers.ts";

/** A thing and its owner. */
export interface OwnedResource {
  readonly resourceType: string;
  readonly resourceId: string;
  /** Empty when nobody owns it, or when ratd does not know. */
  readonly ownerId: string;
}

/** One operation that is asked for. `resourceId` is empty for the kind as a whole. */
export interface AccessCheck extends OwnedResource {
  /** "anonymous" for a caller that no auth plugin knows. */
  readonly userId: string;
  readonly roles: readonly string[];
  readonly action: string;
  /** What the thing lies in, nearest first; what holds for one of them holds for the thing. */
  readonly ancestors: readonly OwnedResource[];
}

/** A yes or no, with one sentence for people. */
export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason?: string;
  /** How long ratd may reuse the decision; absent leaves it to ratd, 0 makes it ask each time. */
  readonly maxAgeMs?: number;
}

/** One way in which a user has access. */
export interface AccessPath {
  readonly source: "owner" | "grant" | "role" | "policy";
  readonly resourceType: string;
  readonly resourceId: string;
  readonly level: "read" | "write" | "admin" | "owner";
  /** Whether this alone allows the action. */
  readonly sufficient: boolean;
  readonly grantId?: string;
  readonly grantedBy?: string;
  readonly expiresAt?: Date;
}

/** A decision with everything that speaks for it. */
export interface AccessExplanation extends AccessDecision {
  readonly paths: readonly AccessPath[];
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
  /** Decides as `canAccess` does, and tells everything that speaks for it. */
  explain?(check: AccessCheck, ctx: PluginContext<C>): MaybePromise<AccessExplanation>;
  /**
   * Yields the revision of the data behind the decisions: at once, at each change, and the same one at least each
   * 500 ms as a sign of life.
   */
  watchInvalidations?(
    input: Readonly<Record<string, never>>,
    ctx: PluginContext<C>,
  ): AsyncIterable<{ revision: string }>;
  /** Vends credentials; belongs to the cloud slot in most installations. */
  getCredentials?(
    input: { provider: string; resource: string },
    ctx: PluginContext<C>,
  ): MaybePromise<Credentials>;
}
