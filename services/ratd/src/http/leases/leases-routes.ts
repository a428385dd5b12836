import { Type } from "typebox";
import { listedUser } from "../../access/principal.ts";
import { nextCursor } from "../kit/cursor.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { leaseParams, leasesQuery } from "./leases-shapes.ts";
import { leaseView } from "./leases-views.ts";

const tags = ["access"];
/** The sort key of a cursor: the id. */
const KEYS = [/^lse_[0-9a-f]{28}$/];

/** Credentials that were given out, without the secrets. Your own; with the scope leases:manage everybody's. */
export const leasesRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/leases",
    config: { scope: "leases:own" },
    schema: {
      tags,
      summary: "List your leases of credentials, newest first; with the scope leases:manage all of them",
      querystring: leasesQuery,
      response: {
        200: Type.Object({ leases: Type.Array(shape("Lease")), next_cursor: nextCursor }),
        ...problems,
      },
    },
    async handle({ pages, leases }, { query, rat }) {
      const userId = listedUser(query.user_id, rat.principal, "leases:manage");
      const filter = { userId, state: query.state, runId: query.run_id };
      const page = await pages.of(query, { filters: ["leases", filter], keys: KEYS });
      const rows = await leases.list(filter, rat.principal, page.after?.[0], page.limit + 1);
      const { items, nextCursor } = page.cut(rows, ({ id }) => [id]);
      return { leases: items.map(leaseView), next_cursor: nextCursor };
    },
  }),
  route({
    method: "GET",
    url: "/api/v1/leases/:id",
    config: { scope: "leases:own" },
    schema: {
      tags,
      summary: "Show a lease",
      params: leaseParams,
      response: { 200: shape("Lease"), ...problems },
    },
    handle: async ({ leases }, { params, rat }) => leaseView(await leases.get(params.id, rat.principal)),
  }),
  route({
    method: "DELETE",
    url: "/api/v1/leases/:id",
    config: {
      scope: "leases:own",
      critical: "leases.revoke",
      audited: ({ params }) => ({ type: "lease", id: params.id }),
    },
    schema: {
      tags,
      summary: "End a lease: its credentials at once where the provider can, and its renewal",
      params: leaseParams,
      response: {
        200: Type.Object({
          lease: shape("Lease"),
          ended: Type.Boolean({ description: "Whether the credentials work no more." }),
        }),
        ...problems,
      },
    },
    async handle({ leases }, { params, rat }) {
      const { lease, ended } = await leases.end(params.id, rat);
      return { lease: leaseView(lease), ended };
    },
  }),
];
