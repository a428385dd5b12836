import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { callerView } from "./me-views.ts";

/** Who the caller is. */
export const meRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/me",
    config: { scope: "self" },
    schema: {
      tags: ["access"],
      summary: "Who ratd takes you for",
      response: { 200: shape("Caller"), ...problems },
    },
    handle: (_services, { rat }) => callerView(rat.principal),
  }),
];
