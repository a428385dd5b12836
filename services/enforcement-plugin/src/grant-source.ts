import type { AccessCheck, GranteeKind, SharePermission } from "@rat/plugin-sdk";

/** A grant in force, as far as a decision needs it. */
export interface HeldGrant {
  readonly grantId: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly granteeType: GranteeKind;
  readonly granteeId: string;
  readonly permission: SharePermission;
  readonly grantedBy: string;
  /** When it ends, and how long that is from now, milliseconds; absent when it does not. */
  readonly expiresAt?: Date;
  readonly validForMs?: number;
}

/** Where grants come from. */
export interface GrantSource extends AsyncDisposable {
  /**
   * The grants in force for the people and things of some checks. Read after the call began, never remembered. May hold
   * grants that reach none of them.
   *
   * @throws PluginError `unavailable` when they cannot be read.
   */
  read(checks: readonly AccessCheck[], signal: AbortSignal): Promise<readonly HeldGrant[]>;
  /** The longest that a decision which rests on these grants may be reused, milliseconds; absent when changes are told. */
  readonly maxAgeMs?: number;
  /** Yields a text at once, another one at each change, and the same one as a sign that the grants were just read. */
  revisions?(signal: AbortSignal): AsyncIterable<string>;
}

/** The things of a check: what it is about, and what that lies in. */
export function thingsOf(check: AccessCheck): readonly AccessCheck["ancestors"][number][] {
  return [check, ...check.ancestors];
}
