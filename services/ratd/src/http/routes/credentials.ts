import type { Static } from "typebox";
import type { App } from "../deps.ts";
import { bodies, problems, shape } from "../schemas.ts";

/** Temporary cloud credentials, for identified callers only. */
export function credentialRoutes(app: App): void {
  app.post(
    "/api/v1/credentials",
    {
      config: {
        identified: true,
        access: ({ body }) => {
          const { provider, resource } = body as Static<typeof bodies.credentials>;
          return { action: "use", resourceType: `${provider}_resource`, resourceId: resource };
        },
      },
      schema: {
        tags: ["access"],
        summary: "Get temporary credentials for a cloud resource",
        body: bodies.credentials,
        response: { 200: shape("Credentials"), ...problems },
      },
    },
    async ({ rat, body: { provider, resource } }, reply) => {
      reply.header("cache-control", "no-store");
      const { values, expiresAt } = await rat.slots
        .use("cloud")
        .getCredentials(provider, resource, rat.caller, rat);
      return { provider, resource, credentials: { ...values }, expires_at: expiresAt.toISOString() };
    },
  );
}
