import { RatError } from "../../errors.ts";
import type { EnforcementPort } from "./enforcement.ts";

const ALLOWED = Object.freeze({ allowed: true, reason: "No enforcement plugin decides." });

/** Allows everything. */
export const noopEnforcement: EnforcementPort = {
  canAccess: () => Promise.resolve(ALLOWED),
  canAccessAll: (_who, checks) => Promise.resolve(checks.map(() => ALLOWED)),
  explain: () => Promise.resolve({ ...ALLOWED, paths: undefined }),
  watchInvalidations: () => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(unavailable()) }),
  }),
};

function unavailable(): RatError {
  return new RatError("not_available", "Without an enforcement plugin no decision ever changes.");
}
