import { Type, type Static } from "typebox";
import { RatError } from "../../errors.ts";
import type { Grant } from "../../slots/sharing/sharing.ts";
import type { App, HttpDeps } from "../deps.ts";
import { bodies, problems, shape, type Shape } from "../schemas.ts";

const resourceQuery = Type.Object({
  resource_type: Type.String({ minLength: 1, maxLength: 512 }),
  resource_id: Type.String({ minLength: 1, maxLength: 512 }),
});
const grantParams = Type.Object({ grant_id: Type.String({ minLength: 1, maxLength: 512 }) });

/** Grants on resources: give, list, take back, change the owner. */
export function sharingRoutes(app: App, { clock }: HttpDeps): void {
  const tags = ["sharing"];

  app.post(
    "/api/v1/sharing",
    {
      config: { access: ({ body }) => on("share", body as Static<typeof bodies.share>) },
      schema: {
        tags,
        summary: "Share a resource",
        body: bodies.share,
        response: { 201: shape("Grant"), ...problems },
      },
    },
    async ({ rat, body }, reply) => {
      const expiresAt = body.expires_at === undefined ? undefined : new Date(body.expires_at);
      if (expiresAt !== undefined && !(expiresAt.getTime() > clock.now())) {
        throw new RatError("validation_failed", "expires_at must lie in the future.", {
          violations: [{ pointer: "/expires_at", message: "must lie in the future" }],
        });
      }
      const request = {
        grantorId: rat.caller.userId,
        granteeId: body.grantee_id,
        granteeType: body.grantee_type ?? "user",
        resourceType: body.resource_type,
        resourceId: body.resource_id,
        permission: body.permission,
        expiresAt,
      };
      return reply.code(201).send(grantView(await rat.slots.use("sharing").share(request, rat)));
    },
  );

  app.get(
    "/api/v1/sharing",
    {
      config: { access: ({ query }) => on("read", query as Static<typeof resourceQuery>) },
      schema: {
        tags,
        summary: "List the grants on a resource",
        querystring: resourceQuery,
        response: {
          200: Type.Object({ grants: Type.Array(shape("Grant")), total: Type.Integer() }),
          ...problems,
        },
      },
    },
    async ({ rat, query }) => {
      const resource = { resourceType: query.resource_type, resourceId: query.resource_id };
      const grants = (await rat.slots.use("sharing").list(resource, rat)).map(grantView);
      return { grants, total: grants.length };
    },
  );

  app.delete(
    "/api/v1/sharing/:grant_id",
    {
      config: {
        access: ({ params }) => ({
          action: "revoke",
          resourceType: "grant",
          resourceId: (params as Static<typeof grantParams>).grant_id,
        }),
      },
      schema: {
        tags,
        summary: "Take a grant back",
        params: grantParams,
        response: { 204: Type.Null({ description: "Taken back" }), ...problems },
      },
    },
    async ({ rat, params }, reply) => {
      const revoked = await rat.slots.use("sharing").revoke(params.grant_id, rat.caller.userId, rat);
      if (!revoked) throw new RatError("not_found", `There is no grant "${params.grant_id}".`);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/v1/sharing/transfer",
    {
      config: { access: ({ body }) => on("transfer", body as Static<typeof bodies.transfer>) },
      schema: {
        tags,
        summary: "Give a resource a new owner",
        body: bodies.transfer,
        response: { 200: Type.Object({ transferred: Type.Boolean() }), ...problems },
      },
    },
    async ({ rat, body }) => {
      const transferred = await rat.slots.use("sharing").transfer(
        {
          resourceType: body.resource_type,
          resourceId: body.resource_id,
          fromUserId: body.from_user_id ?? rat.caller.userId,
          toUserId: body.to_user_id,
        },
        rat,
      );
      if (!transferred) throw new RatError("conflict", "The owner is another one than from_user_id says.");
      return { transferred };
    },
  );
}

function on(action: string, { resource_type, resource_id }: { resource_type: string; resource_id: string }) {
  return { action, resourceType: resource_type, resourceId: resource_id };
}

function grantView(grant: Grant): Shape<"Grant"> {
  return {
    grant_id: grant.grantId,
    grantee_id: grant.granteeId,
    grantee_type: grant.granteeType,
    resource_type: grant.resourceType,
    resource_id: grant.resourceId,
    permission: grant.permission,
    granted_by: grant.grantedBy,
    granted_at: grant.grantedAt?.toISOString() ?? null,
    expires_at: grant.expiresAt?.toISOString() ?? null,
  };
}
