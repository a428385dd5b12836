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
    ({ rat: { principal } }) => ({
      user_id: principal.identity.userId,
      email: principal.identity.email,
      roles: [...principal.identity.roles],
      auth_mode: principal.mode,
      scopes: [...principal.scopes].toSorted(),
      key_id: principal.keyId ?? null,
    }),
  );
}
