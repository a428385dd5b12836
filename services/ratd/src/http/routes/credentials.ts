import type { Static } from "typebox";
import type { App, HttpDeps } from "../deps.ts";
import type { RouteAccess } from "../layers/authorize.ts";
import { onlyKeysOf } from "../known-keys.ts";
import { onResource } from "../route-access.ts";
import { bodies, problems, shape } from "../schemas.ts";
import { credentialsView } from "../views/access-views.ts";

/** Temporary cloud credentials for a thing of RAT, for identified callers only. */
export function credentialRoutes(app: App, { credentials }: HttpDeps): void {
  app.post(
    "/api/v1/credentials",
    {
      config: { scope: "credentials:use", identified: true, access: onObject },
      preValidation: onlyKeysOf(bodies.credentials),
      schema: {
        tags: ["access"],
        summary: "Get temporary cloud credentials for the data of a namespace, pipeline or table",
        body: bodies.credentials,
        response: { 200: shape("Credentials"), ...problems },
      },
    },
    async ({ rat, body }, reply) => {
      reply.header("cache-control", "no-store");
      const issued = await credentials.issue(
        {
          provider: body.provider,
          object: { resourceType: body.resource_type, resourceId: body.resource_id },
          access: body.access ?? "read",
        },
        rat,
      );
      return credentialsView(issued);
    },
  );
}

/** Credentials to read need the right to read, those to write the right to write. */
function onObject({ body }: { readonly body: unknown }): RouteAccess {
  const { access = "read", resource_type, resource_id } = body as Static<typeof bodies.credentials>;
  return onResource(access, resource_type, resource_id);
}
