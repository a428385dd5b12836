import type { Identity } from "../slots/auth/auth.ts";
import { ANONYMOUS } from "../slots/auth/noop-auth.ts";
import { DATA_SCOPES, holds, type Scope, type ScopeSet } from "../scopes.ts";

/** How a caller was established. The header X-RAT-Auth-Mode and every audit record carry it. */
export const AUTH_MODES = ["plugin", "api_key", "builtin", "noop-fallback", "denying"] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

/** Who calls, and what they may try. */
export interface Principal {
  readonly identity: Identity;
  readonly mode: AuthMode;
  readonly scopes: ScopeSet;
  /** The API key that was used; undefined without one. */
  readonly keyId: string | undefined;
  /** When the key ends, milliseconds since 1970; undefined without a key, or when it never does. */
  readonly keyExpiresAt: number | undefined;
}

const DATA: ScopeSet = new Set(DATA_SCOPES);

/** The caller whom nobody knows, let pass by a built-in. */
export function anonymousPrincipal(mode: "builtin" | "noop-fallback" | "denying"): Principal {
  return { identity: ANONYMOUS, mode, scopes: DATA, keyId: undefined, keyExpiresAt: undefined };
}

const NOTHING: ScopeSet = new Set();

/** The caller whose credentials of this kind nobody has looked at yet: may try nothing. */
export function unverifiedPrincipal(mode: AuthMode): Principal {
  return { identity: ANONYMOUS, mode, scopes: NOTHING, keyId: undefined, keyExpiresAt: undefined };
}

/**
 * Whose things a list shows. To who holds the scope that manages them: those of the user asked for, and all without one;
 * to everybody else their own.
 */
export function listedUser(
  asked: string | undefined,
  { identity, scopes }: Principal,
  manages: Scope,
): string | undefined {
  return holds(scopes, manages) ? asked : identity.userId;
}

/** Whether somebody has vouched for who this is. */
export function isIdentified({ mode }: Principal): boolean {
  return mode === "plugin" || mode === "api_key";
}
