import { Type } from "typebox";
import { noGrant } from "../../access/sharing.ts";
import { nextCursor } from "../kit/cursor.ts";
import { nothing } from "../kit/fields.ts";
import { onResource, type RouteAccess } from "../kit/route-access.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { grantQuery, grantParams, receivedQuery, sharingBodies as bodies } from "./sharing-shapes.ts";
import { grantView } from "./sharing-views.ts";

const tags = ["sharing"];

/** Grants on resources: give, list, take back, change the owner. */
export const sharingRoutes: readonly Route[] = [
  route({
    method: "POST",
    url: "/api/v1/sharing",
    config: {
      scope: "sharing:write",
      needsPlugin: "sharing",
      critical: "sharing.share",
      access: ({ body }) => on("share", body),
    },
    schema: {
      tags,
      summary: "Share a resource",
      body: bodies.share,
      response: { 201: shape("Grant"), ...problems },
    },
    async handle({ access: { sharing } }, { rat, body }, reply) {
      const wanted = {
        granteeId: body.grantee_id,
        granteeType: body.grantee_type ?? "user",
        ...resourceOf(body),
        permission: body.permission,
        expiresAt: body.expires_at === undefined ? undefined : new Date(body.expires_at),
      };
      return reply.code(201).send(grantView(await sharing.share(wanted, rat)));
    },
  }),
  route({
    method: "GET",
    url: "/api/v1/sharing",
    config: { scope: "sharing:read", access: ({ query }) => on("read", query) },
    schema: {
      tags,
      summary: "List the grants on a resource",
      querystring: grantQuery,
      response: {
        200: Type.Object({ grants: Type.Array(shape("Grant")), total: Type.Integer() }),
        ...problems,
      },
    },
    async handle({ access: { sharing } }, { rat, query }) {
      const grants = await sharing.list(resourceOf(query), query.include_ended === "true", rat);
      return { grants: grants.map(grantView), total: grants.length };
    },
  }),
  route({
    method: "GET",
    url: "/api/v1/sharing/received",
    config: { scope: "sharing:read" },
    schema: {
      tags,
      summary: "List the grants that reach you, or another user (with the scope access:read)",
      querystring: receivedQuery,
      response: {
        200: Type.Object({ grants: Type.Array(shape("Grant")), next_cursor: nextCursor }),
        ...problems,
      },
    },
    async handle({ access: { sharing } }, { rat, query }) {
      const wanted = {
        userId: query.user_id,
        roles: query.roles?.split(","),
        resourceType: query.resource_type ?? "",
        pageSize: Number(query.limit ?? 100),
        pageToken: query.cursor ?? "",
      };
      const { grants, nextPageToken } = await sharing.received(wanted, rat);
      return { grants: grants.map(grantView), next_cursor: nextPageToken === "" ? null : nextPageToken };
    },
  }),
  route({
    method: "DELETE",
    url: "/api/v1/sharing/:grant_id",
    config: {
      scope: "sharing:write",
      needsPlugin: "sharing",
      critical: "sharing.revoke",
      // Whoever may share a thing may take back what was given on it. A grant that nobody can look up is asked about by itself.
      async access({ rat, params: { grant_id: id } }, { access: { sharing } }) {
        const grant = await sharing.find(id, rat);
        if (grant === undefined) return { ...onResource("revoke", "grant", id), missing: noGrant(id) };
        return { ...onResource("share", grant.resourceType, grant.resourceId), missing: noGrant(id) };
      },
    },
    schema: {
      tags,
      summary: "Take a grant back; without a trace of it within a second everywhere",
      params: grantParams,
      response: { 204: nothing("Taken back"), ...problems },
    },
    async handle({ access: { sharing } }, { rat, params }, reply) {
      await sharing.revoke(params.grant_id, rat);
      return reply.code(204).send(null);
    },
  }),
  route({
    method: "POST",
    url: "/api/v1/sharing/transfer",
    config: {
      scope: "sharing:write",
      needsPlugin: "sharing",
      critical: "sharing.transfer",
      access: ({ body }) => on("transfer", body),
    },
    schema: {
      tags,
      summary: "Give a resource a new owner",
      body: bodies.transfer,
      response: { 200: Type.Object({ transferred: Type.Boolean() }), ...problems },
    },
    async handle({ access: { sharing } }, { rat, body }) {
      await sharing.transfer(resourceOf(body), { from: body.from_user_id, to: body.to_user_id }, rat);
      return { transferred: true };
    },
  }),
];

/** How requests name a thing. */
interface NamedResource {
  readonly resource_type: string;
  readonly resource_id: string;
}

function resourceOf({ resource_type: resourceType, resource_id: resourceId }: NamedResource) {
  return { resourceType, resourceId };
}

function on(action: string, { resource_type, resource_id }: NamedResource): RouteAccess {
  return onResource(action, resource_type, resource_id);
}
