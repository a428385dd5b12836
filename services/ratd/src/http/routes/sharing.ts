import { Type, type Static } from "typebox";
import type { FastifyRequest } from "fastify";
import { noGrant, type Sharing } from "../../access/sharing.ts";
import type { App, HttpDeps } from "../deps.ts";
import type { RouteAccess } from "../layers/authorize.ts";
import { onResource } from "../route-access.ts";
import { bodies, problems, shape } from "../schemas.ts";
import { grantView } from "../views/access-views.ts";

const resourceQuery = Type.Object({
  resource_type: Type.String({ minLength: 1, maxLength: 512 }),
  resource_id: Type.String({ minLength: 1, maxLength: 512 }),
  include_ended: Type.Optional(
    Type.Enum(["true", "false"], { description: "Also grants that were taken back or have run out." }),
  ),
});
const grantParams = Type.Object({ grant_id: Type.String({ minLength: 1, maxLength: 512 }) });
const receivedQuery = Type.Object({
  user_id: Type.Optional(
    Type.String({ description: "Whose; default: yours.", minLength: 1, maxLength: 512 }),
  ),
  roles: Type.Optional(
    Type.String({ description: "The roles of that user, comma between them.", maxLength: 4096 }),
  ),
  resource_type: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  limit: Type.Optional(Type.String({ description: "1 to 1000, default 100.", pattern: "^[0-9]{1,4}$" })),
  cursor: Type.Optional(Type.String({ maxLength: 4096 })),
});

/** Grants on resources: give, list, take back, change the owner. */
export function sharingRoutes(app: App, deps: HttpDeps): void {
  const { sharing } = deps.access;
  const tags = ["sharing"];

  app.post(
    "/api/v1/sharing",
    {
      config: {
        scope: "sharing:write",
        critical: "sharing.share",
        access: ({ body }) => on("share", body as Static<typeof bodies.share>),
      },
      schema: {
        tags,
        summary: "Share a resource",
        body: bodies.share,
        response: { 201: shape("Grant"), ...problems },
      },
    },
    async ({ rat, body }, reply) => {
      const grant = await sharing.share(
        {
          granteeId: body.grantee_id,
          granteeType: body.grantee_type ?? "user",
          resourceType: body.resource_type,
          resourceId: body.resource_id,
          permission: body.permission,
          expiresAt: body.expires_at === undefined ? undefined : new Date(body.expires_at),
        },
        rat,
      );
      return reply.code(201).send(grantView(grant));
    },
  );

  app.get(
    "/api/v1/sharing",
    {
      config: {
        scope: "sharing:read",
        access: ({ query }) => on("read", query as Static<typeof resourceQuery>),
      },
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
      const grants = await sharing.list(resource, query.include_ended === "true", rat);
      return { grants: grants.map(grantView), total: grants.length };
    },
  );

  app.get(
    "/api/v1/sharing/received",
    {
      config: { scope: "sharing:read" },
      schema: {
        tags,
        summary: "List the grants that reach you, or another user (with the scope access:read)",
        querystring: receivedQuery,
        response: {
          200: Type.Object({
            grants: Type.Array(shape("Grant")),
            next_cursor: Type.Union([Type.String(), Type.Null()]),
          }),
          ...problems,
        },
      },
    },
    async ({ rat, query }) => {
      const { grants, nextPageToken } = await sharing.received(
        {
          userId: query.user_id,
          roles: query.roles?.split(","),
          resourceType: query.resource_type ?? "",
          pageSize: Number(query.limit ?? 100),
          pageToken: query.cursor ?? "",
        },
        rat,
      );
      return { grants: grants.map(grantView), next_cursor: nextPageToken === "" ? null : nextPageToken };
    },
  );

  app.delete(
    "/api/v1/sharing/:grant_id",
    {
      config: {
        scope: "sharing:write",
        critical: "sharing.revoke",
        access: (request) => onGrant(sharing, request),
      },
      schema: {
        tags,
        summary: "Take a grant back; without a trace of it within a second everywhere",
        params: grantParams,
        response: { 204: Type.Null({ description: "Taken back" }), ...problems },
      },
    },
    async ({ rat, params }, reply) => {
      await sharing.revoke(params.grant_id, rat);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/v1/sharing/transfer",
    {
      config: {
        scope: "sharing:write",
        critical: "sharing.transfer",
        access: ({ body }) => on("transfer", body as Static<typeof bodies.transfer>),
      },
      schema: {
        tags,
        summary: "Give a resource a new owner",
        body: bodies.transfer,
        response: { 200: Type.Object({ transferred: Type.Boolean() }), ...problems },
      },
    },
    async ({ rat, body }) => {
      const resource = { resourceType: body.resource_type, resourceId: body.resource_id };
      await sharing.transfer(resource, { from: body.from_user_id, to: body.to_user_id }, rat);
      return { transferred: true };
    },
  );
}

function on(
  action: string,
  { resource_type, resource_id }: { resource_type: string; resource_id: string },
): RouteAccess {
  return onResource(action, resource_type, resource_id);
}

/** Whoever may share a thing may take back what was given on it. A grant that nobody can look up is asked about by itself. */
async function onGrant(sharing: Sharing, { rat, params }: FastifyRequest): Promise<RouteAccess> {
  const { grant_id: id } = params as Static<typeof grantParams>;
  const grant = await sharing.find(id, rat);
  if (grant === undefined) return { ...onResource("revoke", "grant", id), missing: noGrant(id) };
  return { ...onResource("share", grant.resourceType, grant.resourceId), missing: noGrant(id) };
}
