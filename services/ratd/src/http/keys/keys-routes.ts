import { Type } from "typebox";
import { listedUser } from "../../access/principal.ts";
import { nextCursor } from "../kit/cursor.ts";
import { nothing } from "../kit/fields.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { keyParams, keysBodies as bodies, keysQuery } from "./keys-shapes.ts";
import { keyView } from "./keys-views.ts";

const tags = ["keys"];
/** The sort key of a cursor: the id. */
const KEYS = [/^[0-9a-f]{16}$/];
const audited = ({ params }: { readonly params: { readonly id: string } }) => ({
  type: "key",
  id: params.id,
});

/** API keys: make, list, rotate, revoke. Your own; with the scope keys:manage everybody's. */
export const keysRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/access/keys",
    config: { scope: "keys:own" },
    schema: {
      tags,
      summary: "List your API keys; with the scope keys:manage all of them, or those of `user_id`",
      querystring: keysQuery,
      response: {
        200: Type.Object({ keys: Type.Array(shape("ApiKey")), next_cursor: nextCursor }),
        ...problems,
      },
    },
    async handle({ pages, access: { keys } }, { query, rat }) {
      const userId = listedUser(query.user_id, rat.principal, "keys:manage");
      const page = await pages.of(query, { filters: ["keys", userId], keys: KEYS });
      const rows = await keys.list(userId, rat.principal, page.after?.[0] ?? "", page.limit + 1);
      const { items, nextCursor } = page.cut(rows, ({ id }) => [id]);
      return { keys: items.map(keyView), next_cursor: nextCursor };
    },
  }),
  route({
    method: "POST",
    url: "/api/v1/access/keys",
    config: {
      scope: "keys:own",
      identified: true,
      critical: "keys.create",
      // Nobody knows its id yet.
      audited: () => ({ type: "key", id: "" }),
    },
    schema: {
      tags,
      summary: "Make an API key; the answer shows it this once",
      body: bodies.key,
      response: { 201: shape("MadeApiKey"), ...problems },
    },
    refusesUnknownKeys: true,
    async handle({ access: { keys } }, { body, rat }, reply) {
      const { name, user_id: userId, scopes, roles, expires_at: end } = body;
      const expiresAt = end === undefined ? undefined : new Date(end);
      const { key, text } = await keys.create({ name, userId, scopes, roles, expiresAt }, rat.principal);
      return reply
        .code(201)
        .headers({ "cache-control": "no-store", location: `/api/v1/access/keys/${key.id}` })
        .send({ ...keyView(key), key: text });
    },
  }),
  route({
    method: "GET",
    url: "/api/v1/access/keys/:id",
    config: { scope: "keys:own" },
    schema: {
      tags,
      summary: "Show an API key",
      params: keyParams,
      response: { 200: shape("ApiKey"), ...problems },
    },
    handle: async ({ access: { keys } }, { params, rat }) =>
      keyView(await keys.get(params.id, rat.principal)),
  }),
  route({
    method: "POST",
    url: "/api/v1/access/keys/:id/rotate",
    config: { scope: "keys:own", identified: true, critical: "keys.rotate", audited },
    schema: {
      tags,
      summary: "Give an API key a new secret; the old one may work on for a while",
      params: keyParams,
      body: bodies.rotation,
      response: { 200: shape("MadeApiKey"), ...problems },
    },
    bodyOptional: true,
    async handle({ access: { keys } }, { params, body, rat }, reply) {
      const graceMs = (body.grace_seconds ?? 0) * 1000;
      const { key, text } = await keys.rotate(params.id, graceMs, rat.principal);
      reply.header("cache-control", "no-store");
      return { ...keyView(key), key: text };
    },
  }),
  route({
    method: "DELETE",
    url: "/api/v1/access/keys/:id",
    config: { scope: "keys:own", critical: "keys.revoke", audited },
    schema: {
      tags,
      summary: "Revoke an API key, everywhere within a second",
      params: keyParams,
      response: { 204: nothing("Revoked"), ...problems },
    },
    async handle({ access: { keys } }, { params, rat }, reply) {
      await keys.revoke(params.id, rat.principal);
      return reply.code(204).send(null);
    },
  }),
];
