import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { loginView } from "./login-views.ts";

/** How people sign in: open, since whoever asks is not signed in yet. */
export const loginRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/login",
    config: { ownVerification: true },
    schema: {
      tags: ["access"],
      summary:
        "How to get a token: the OpenID provider of the auth plugin, if it names one; API keys always work",
      security: [],
      response: { 200: shape("LoginOptions"), ...problems },
    },
    async handle({ access: { principals } }, { rat }) {
      const options = await principals.loginOptions(rat.slots, rat);
      return loginView(rat.slots.statuses.auth.state, options);
    },
  }),
];
