import { Type, type Static } from "typebox";
import type { FastifyRequest } from "fastify";
import { RatError } from "../../errors.ts";
import { holds } from "../../scopes.ts";
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
/** Nobody is known by it, so it would be everybody. */
const NOBODY = "anonymous";

/** Grants on resources: give, list, take back, change the owner. */
export function sharingRoutes(app: App, deps: HttpDeps): void {
  const { clock, access } = deps;
  const { owners } = access;
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
      const expiresAt = body.expires_at === undefined ? undefined : new Date(body.expires_at);
      if (expiresAt !== undefined && !(expiresAt.getTime() > clock.now())) {
        throw invalid("/expires_at", "must lie in the future");
      }
      if (body.grantee_id === NOBODY)
        throw invalid("/grantee_id", `"${NOBODY}" is nobody whom one can share with`);
      const port = rat.slots.use("sharing");
      const serves = rat.slots.statuses.sharing.servedBy === "plugin";
      if (serves)
        await owners.demandExisting({ resourceType: body.resource_type, resourceId: body.resource_id });
      const request = {
        grantorId: rat.principal.identity.userId,
        granteeId: body.grantee_id,
        granteeType: body.grantee_type ?? "user",
        resourceType: body.resource_type,
        resourceId: body.resource_id,
        permission: body.permission,
        expiresAt,
      };
      const grant = await port.share(request, rat);
      await access.changed();
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
      const ended = query.include_ended === "true";
      const grants = (await rat.slots.use("sharing").list(resource, ended, rat)).map(grantView);
      return { grants, total: grants.length };
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
      const {
        user_id: userId = rat.principal.identity.userId,
        resource_type: resourceType = "",
        cursor: pageToken = "",
      } = query;
      const own = userId === rat.principal.identity.userId && query.roles === undefined;
      if (!own && !holds(rat.principal.scopes, "access:read")) {
        throw new RatError("scope_missing", "The grants of others need the scope access:read.");
      }
      const roles =
        query.roles === undefined ? (own ? rat.principal.identity.roles : []) : query.roles.split(",");
      const pageSize = Number(query.limit ?? 100);
      if (pageSize < 1 || pageSize > 1000) throw new RatError("bad_request", "limit must be 1 to 1000.");
      const page = { resourceType, pageSize, pageToken };
      const { grants, nextPageToken } = await rat.slots.use("sharing").listFor({ userId, roles }, page, rat);
      return { grants: grants.map(grantView), next_cursor: nextPageToken === "" ? null : nextPageToken };
    },
  );

  app.delete(
    "/api/v1/sharing/:grant_id",
    {
      config: { scope: "sharing:write", critical: "sharing.revoke", access: onGrant },
      schema: {
        tags,
        summary: "Take a grant back; without a trace of it within a second everywhere",
        params: grantParams,
        response: { 204: Type.Null({ description: "Taken back" }), ...problems },
      },
    },
    async ({ rat, params }, reply) => {
      const revoked = await rat.slots
        .use("sharing")
        .revoke(params.grant_id, rat.principal.identity.userId, rat);
      await access.changed();
      if (!revoked) throw new RatError("not_found", noGrant(params.grant_id));
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
      if (body.to_user_id === NOBODY) throw invalid("/to_user_id", `"${NOBODY}" cannot own anything`);
      const resource = { resourceType: body.resource_type, resourceId: body.resource_id };
      await owners.transfer(
        resource,
        { from: body.from_user_id, to: body.to_user_id, by: rat.principal.identity.userId },
        (from) =>
          rat.slots
            .use("sharing")
            .transfer({ ...resource, fromUserId: from, toUserId: body.to_user_id }, rat),
      );
      await access.changed();
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
async function onGrant({ rat, params }: FastifyRequest): Promise<RouteAccess> {
  const { grant_id: id } = params as Static<typeof grantParams>;
  try {
    const { resourceType, resourceId } = await rat.slots.use("sharing").get(id, rat);
    return { ...onResource("share", resourceType, resourceId), missing: noGrant(id) };
  } catch (reason) {
    if (RatError.from(reason).code !== "not_available") throw reason;
    return { ...onResource("revoke", "grant", id), missing: noGrant(id) };
  }
}

function noGrant(id: string): string {
  return `There is no grant "${id}".`;
}

function invalid(pointer: string, message: string): RatError {
  return new RatError("validation_failed", `${pointer.slice(1)} ${message}.`, {
    violations: [{ pointer, message }],
  });
}
