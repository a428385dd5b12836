import type { Static } from "typebox";
import { CloudPlaces } from "../../credentials/cloud-scopes.ts";
import type { App, HttpDeps } from "../deps.ts";
import type { RouteAccess } from "../layers/authorize.ts";
import { onlyKeysOf } from "../known-keys.ts";
import { onResource } from "../route-access.ts";
import { bodies, problems, shape } from "../schemas.ts";

/** Temporary cloud credentials for a thing of RAT, for identified callers only. */
export function credentialRoutes(app: App, { config, leases }: HttpDeps): void {
  const places = new CloudPlaces(config.runs.credentials.resource);

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
      const object = { resourceType: body.resource_type, resourceId: body.resource_id };
      const access = body.access ?? "read";
      const scope = places.scopeOf(object, access);
      const { lease, values, expiresAt } = await leases.issue(
        {
          provider: body.provider ?? config.runs.credentials.provider,
          object,
          access,
          resource: scope.resource,
          scopes: [scope],
          namespace: places.namespaceOf(object),
          who: rat.principal.identity,
          principal: rat.principal,
          run: undefined,
        },
        rat.slots,
        rat,
      );
      return {
        lease_id: lease.id,
        provider: lease.provider,
        resource_type: object.resourceType,
        resource_id: object.resourceId,
        resource: scope.resource,
        access,
        credentials: { ...values },
        expires_at: expiresAt.toISOString(),
      };
    },
  );
}

/** Credentials to read need the right to read, those to write the right to write. */
function onObject({ body }: { readonly body: unknown }): RouteAccess {
  const { access = "read", resource_type, resource_id } = body as Static<typeof bodies.credentials>;
  return onResource(access, resource_type, resource_id);
}
