// A cloud plugin that signs its own short-lived credentials. Run it: node packages/plugin-sdk/examples/hello-cloud.ts
import { randomBytes } from "node:crypto";
import { definePlugin, PluginError, secret, servePlugin, Type, type PluginDefinition } from "@rat/plugin-sdk";
import { sessionCredentials } from "./cloud/session-token.ts";

const config = Type.Object({
  signing_key: Type.Optional(
    secret({ minLength: 32, description: "Absent: a random key for this process." }),
  ),
  ttl_seconds: Type.Integer({ minimum: 60, maximum: 43_200, default: 900 }),
});

/** What a resource of each provider looks like, and what an empty one says. */
const PROVIDERS: Readonly<Record<string, { readonly resource: RegExp; readonly example: string }>> = {
  aws: {
    resource: /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{0,12}:[\x21-\x7e]+$/,
    example: "arn:aws:s3:::bucket/*",
  },
  demo: { resource: /^[\x21-\x7e]+$/, example: "bucket/path" },
};

/** The longest resource name, that of an ARN. */
const MAX_RESOURCE = 2048;

/** The plugin. */
export function helloCloud(): PluginDefinition<"cloud", typeof config> {
  const ownKey = randomBytes(32).toString("base64url");
  return definePlugin("cloud", {
    name: "hello-cloud",
    version: "0.1.0",
    config,
    getCredentials({ provider, resource, userId }, { config, now }) {
      const known = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined;
      if (known === undefined) {
        const served = Object.keys(PROVIDERS).join(", ");
        throw new PluginError("unimplemented", `provider is not served here; served: ${served}`);
      }
      if (resource.length > MAX_RESOURCE || !known.resource.test(resource)) {
        throw new PluginError("invalid_argument", `resource: must look like ${known.example}`);
      }
      const expiresAt = new Date(now().getTime() + config.ttl_seconds * 1000);
      const claims = { provider, resource, userId, expiresAt };
      return { credentials: sessionCredentials(claims, config.signing_key ?? ownKey), expiresAt };
    },
  });
}

if (import.meta.main) await servePlugin(helloCloud());
