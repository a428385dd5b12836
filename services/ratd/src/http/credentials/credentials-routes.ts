import { onResource } from "../kit/route-access.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { credentialsBodies as bodies } from "./credentials-shapes.ts";
import { credentialsView } from "./credentials-views.ts";

/** Temporary cloud credentials for a thing of RAT, for identified callers only. */
export const credentialsRoutes: readonly Route[] = [
  route({
    method: "POST",
    url: "/api/v1/credentials",
    config: {
      scope: "credentials:use",
      needsPlugin: "cloud",
      identified: true,
      // Credentials to read need the right to read, those to write the right to write.
      access: ({ body: { access = "read", resource_type, resource_id } }) =>
        onResource(access, resource_type, resource_id),
    },
    schema: {
      tags: ["access"],
      summary: "Get temporary cloud credentials for the data of a namespace, pipeline or table",
      body: bodies.credentials,
      response: { 200: shape("Credentials"), ...problems },
    },
    refusesUnknownKeys: true,
    async handle({ credentials }, { rat, body }, reply) {
      reply.header("cache-control", "no-store");
      const { provider, resource_type: resourceType, resource_id: resourceId, access = "read" } = body;
      const wanted = { provider, object: { resourceType, resourceId }, access };
      return credentialsView(await credentials.issue(wanted, rat));
    },
  }),
];
