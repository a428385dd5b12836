import type { AuthPort, Identity } from "./auth.ts";

/** The caller whom no plugin knows: no roles, no e-mail address. */
export const ANONYMOUS: Identity = Object.freeze({ userId: "anonymous", email: "", roles: [] });

/** Lets every caller pass as anonymous. */
export const noopAuth: AuthPort = {
  authenticate: () => Promise.resolve(ANONYMOUS),
  authorize: () => Promise.resolve({ allowed: true, reason: "No auth plugin is configured." }),
  loginOptions: () => Promise.resolve(undefined),
};
