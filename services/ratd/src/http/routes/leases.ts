import { Type, type Static } from "typebox";
import type { FastifyRequest } from "fastify";
import { LEASE_STATES } from "../../credentials/lease-store.ts";
import { listedUser } from "../../access/principal.ts";
import { pageOf, pageQuery } from "../cursor.ts";
import type { App, HttpDeps } from "../deps.ts";
import { problems, shape } from "../schemas.ts";
import { leaseView } from "../views/access-views.ts";

const params = Type.Object({ id: Type.String({ pattern: "^lse_[0-9a-f]{28}$" }) });
const audited = ({ params: given }: FastifyRequest) => ({
  type: "lease",
  id: (given as Static<typeof params>).id,
});

/** Credentials that were given out, without the secrets. Your own; with the scope leases:manage everybody's. */
export function leaseRoutes(app: App, { leases }: HttpDeps): void {
  const tags = ["access"];

  app.get(
    "/api/v1/leases",
    {
      config: { scope: "leases:own" },
      schema: {
        tags,
        summary: "List your leases of credentials, newest first; with the scope leases:manage all of them",
        querystring: Type.Object({
          user_id: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
          run_id: Type.Optional(Type.String({ maxLength: 64 })),
          state: Type.Optional(Type.Enum([...LEASE_STATES])),
          ...pageQuery,
        }),
        response: {
          200: Type.Object({
            leases: Type.Array(shape("Lease")),
            next_cursor: Type.Union([Type.String(), Type.Null()]),
          }),
          ...problems,
        },
      },
    },
    async ({ query, rat }) => {
      const userId = listedUser(query.user_id, rat.principal, "leases:manage");
      const filter = { userId, state: query.state, runId: query.run_id };
      const page = pageOf(query, { filters: ["leases", filter], keys: [/^lse_[0-9a-f]{28}$/] });
      const rows = await leases.list(filter, rat.principal, page.after?.[0], page.limit + 1);
      const { items, nextCursor } = page.cut(rows, ({ id }) => [id]);
      return { leases: items.map(leaseView), next_cursor: nextCursor };
    },
  );

  app.get(
    "/api/v1/leases/:id",
    {
      config: { scope: "leases:own" },
      schema: { tags, summary: "Show a lease", params, response: { 200: shape("Lease"), ...problems } },
    },
    async ({ params: { id }, rat }) => leaseView(await leases.get(id, rat.principal)),
  );

  app.delete(
    "/api/v1/leases/:id",
    {
      config: { scope: "leases:own", critical: "leases.revoke", audited },
      schema: {
        tags,
        summary: "End a lease: its credentials at once where the provider can, and its renewal",
        params,
        response: {
          200: Type.Object({
            lease: shape("Lease"),
            ended: Type.Boolean({ description: "Whether the credentials work no more." }),
          }),
          ...problems,
        },
      },
    },
    async ({ params: { id }, rat }) => {
      const { lease, ended } = await leases.end(id, rat);
      return { lease: leaseView(lease), ended };
    },
  );
}
