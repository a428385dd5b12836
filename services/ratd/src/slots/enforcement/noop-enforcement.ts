import type { EnforcementPort } from "./enforcement.ts";

const ALLOWED = Object.freeze({ allowed: true, reason: "No enforcement plugin decides." });

/** Allows everything. */
export const noopEnforcement: EnforcementPort = {
  canAccess: () => Promise.resolve(ALLOWED),
  canAccessAll: (_who, checks) => Promise.resolve(checks.map(() => ALLOWED)),
};
