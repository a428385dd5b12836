import type { App, HttpDeps } from "../deps.ts";
import { problems, shape } from "../schemas.ts";
import { loginView } from "../views/access-views.ts";

/** How people sign in: open, since whoever asks is not signed in yet. */
export function loginRoutes(app: App, { access: { principals } }: HttpDeps): void {
  app.get(
    "/api/v1/login",
    {
      config: { ownVerification: true },
      schema: {
        tags: ["access"],
        summary:
          "How to get a token: the OpenID provider of the auth plugin, if it names one; API keys always work",
        security: [],
        response: { 200: shape("LoginOptions"), ...problems },
      },
    },
    async ({ rat }) => {
      const options = await principals.loginOptions(rat.slots, rat);
      return loginView(rat.slots.statuses.auth.state, options);
    },
  );
}
