import type { App } from "../deps.ts";
import { problems, shape } from "../schemas.ts";

/** Who the caller is. */
export function meRoutes(app: App): void {
  app.get(
    "/api/v1/me",
    {
      config: { scope: "self" },
      schema: {
        tags: ["access"],
        summary: "Who ratd takes you for",
        response: { 200: shape("Caller"), ...problems },
      },
    },
    ({ rat: { caller, authMode, principal } }) => ({
      user_id: caller.userId,
      email: caller.email,
      roles: [...caller.roles],
      auth_mode: authMode,
      scopes: [...principal.scopes].toSorted(),
      key_id: principal.keyId ?? null,
    }),
  );
}
