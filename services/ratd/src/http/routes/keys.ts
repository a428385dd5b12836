import { Type, type Static } from "typebox";
import type { FastifyRequest } from "fastify";
import { LONGEST_GRACE_MS } from "../../access/keys/api-keys.ts";
import { listedUser } from "../../access/principal.ts";
import { pageOf, pageQuery } from "../cursor.ts";
import type { App, HttpDeps } from "../deps.ts";
import { onlyKeysOf } from "../known-keys.ts";
import { bodies, problems, shape } from "../schemas.ts";
import { keyView } from "../views/access-views.ts";

const params = Type.Object({ id: Type.String({ pattern: "^[0-9a-f]{16}$" }) });
const audited = ({ params: given }: FastifyRequest) => ({
  type: "key",
  id: (given as Partial<Static<typeof params>>).id ?? "",
});

/** API keys: make, list, rotate, revoke. Your own; with the scope keys:manage everybody's. */
export function keyRoutes(app: App, { access: { keys } }: HttpDeps): void {
  const tags = ["keys"];

  app.get(
    "/api/v1/access/keys",
    {
      config: { scope: "keys:own" },
      schema: {
        tags,
        summary: "List your API keys; with the scope keys:manage all of them, or those of `user_id`",
        querystring: Type.Object({
          user_id: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
          ...pageQuery,
        }),
        response: {
          200: Type.Object({
            keys: Type.Array(shape("ApiKey")),
            next_cursor: Type.Union([Type.String(), Type.Null()]),
          }),
          ...problems,
        },
      },
    },
    async ({ query, rat }) => {
      const userId = listedUser(query.user_id, rat.principal, "keys:manage");
      const page = pageOf(query, { filters: ["keys", userId], keys: [/^[0-9a-f]{16}$/] });
      const rows = await keys.list(userId, rat.principal, page.after?.[0] ?? "", page.limit + 1);
      const { items, nextCursor } = page.cut(rows, ({ id }) => [id]);
      return { keys: items.map(keyView), next_cursor: nextCursor };
    },
  );

  app.post(
    "/api/v1/access/keys",
    {
      config: { scope: "keys:own", identified: true, critical: "keys.create", audited },
      preValidation: onlyKeysOf(bodies.key),
      schema: {
        tags,
        summary: "Make an API key; the answer shows it this once",
        body: bodies.key,
        response: { 201: shape("MadeApiKey"), ...problems },
      },
    },
    async ({ body, rat }, reply) => {
      const { key, text } = await keys.create(
        {
          name: body.name,
          userId: body.user_id,
          scopes: body.scopes,
          roles: body.roles,
          expiresAt: body.expires_at === undefined ? undefined : new Date(body.expires_at),
        },
        rat.principal,
      );
      return reply
        .code(201)
        .headers({ "cache-control": "no-store", location: `/api/v1/access/keys/${key.id}` })
        .send({ ...keyView(key), key: text });
    },
  );

  app.get(
    "/api/v1/access/keys/:id",
    {
      config: { scope: "keys:own" },
      schema: { tags, summary: "Show an API key", params, response: { 200: shape("ApiKey"), ...problems } },
    },
    async ({ params: { id }, rat }) => keyView(await keys.get(id, rat.principal)),
  );

  app.post(
    "/api/v1/access/keys/:id/rotate",
    {
      config: { scope: "keys:own", identified: true, critical: "keys.rotate", audited },
      preValidation: (request, _reply, done) => {
        request.body ??= {};
        done();
      },
      schema: {
        tags,
        summary: "Give an API key a new secret; the old one may work on for a while",
        params,
        body: Type.Object({
          grace_seconds: Type.Optional(
            Type.Integer({ minimum: 0, maximum: LONGEST_GRACE_MS / 1000, default: 0 }),
          ),
        }),
        response: { 200: shape("MadeApiKey"), ...problems },
      },
    },
    async ({ params: { id }, body, rat }, reply) => {
      const graceMs = (body.grace_seconds ?? 0) * 1000;
      const { key, text } = await keys.rotate(id, graceMs, rat.principal);
      reply.header("cache-control", "no-store");
      return { ...keyView(key), key: text };
    },
  );

  app.delete(
    "/api/v1/access/keys/:id",
    {
      config: { scope: "keys:own", critical: "keys.revoke", audited },
      schema: {
        tags,
        summary: "Revoke an API key, everywhere within a second",
        params,
        response: { 204: Type.Null({ description: "Revoked" }), ...problems },
      },
    },
    async ({ params: { id }, rat }, reply) => {
      await keys.revoke(id, rat.principal);
      return reply.code(204).send(null);
    },
  );
}
