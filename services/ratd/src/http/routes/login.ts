import type { App } from "../deps.ts";
import { problems, shape } from "../schemas.ts";

/** How people sign in: open, since whoever asks is not signed in yet. */
export function loginRoutes(app: App): void {
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
      const { auth } = rat.slots.statuses;
      const options = auth.servedBy === "plugin" ? await rat.slots.use("auth").loginOptions(rat) : undefined;
      return {
        auth_slot: auth.state,
        openid:
          options === undefined
            ? null
            : {
                issuer: options.issuer,
                client_id: options.clientId,
                scopes: [...options.scopes],
                resource: options.resource === "" ? null : options.resource,
              },
      };
    },
  );
}
