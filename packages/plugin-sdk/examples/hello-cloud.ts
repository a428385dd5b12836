// A cloud plugin that signs its own short-lived credentials. Run it: node packages/plugin-sdk/examples/hello-cloud.ts
import { randomBytes, randomUUID } from "node:crypto";
import {
  definePlugin,
  PluginError,
  secret,
  servePlugin,
  Type,
  type Credentials,
  type PluginDefinition,
  type Static,
} from "@rat/plugin-sdk";
import { SessionLeases, type Session } from "./cloud/session-leases.ts";
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
  const leases = new SessionLeases();
  return definePlugin("cloud", {
    name: "hello-cloud",
    version: "0.1.0",
    config,
    getCredentials({ provider, resource, userId, scopes, notAfter }, { config, now }) {
      const known = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined;
      if (known === undefined) {
        const served = Object.keys(PROVIDERS).join(", ");
        throw new PluginError("unimplemented", `provider is not served here; served: ${served}`);
      }
      requireResource(resource, known);
      for (const scope of scopes) requireResource(scope.resource, known);
      const session = { provider, resource, userId, scopes, leaseId: randomUUID() };
      leases.open(session);
      const fresh = credentialsUntil(session, endOf(config, now(), notAfter), config.signing_key ?? ownKey);
      return { ...fresh, leaseId: session.leaseId, renewable: true, revocable: true, scopesApplied: true };
    },
    renewCredentials({ leaseId, notAfter }, { config, now }) {
      const session = leases.get(leaseId);
      return credentialsUntil(session, endOf(config, now(), notAfter), config.signing_key ?? ownKey);
    },
    // Whoever takes the credentials for good must ask whether their lease still stands.
    revokeCredentials: ({ leaseId }) => ({ revoked: leases.revoke(leaseId) }),
  });
}

function requireResource(resource: string, { resource: form, example }: (typeof PROVIDERS)[string]): void {
  if (resource.length <= MAX_RESOURCE && form.test(resource)) return;
  throw new PluginError("invalid_argument", `resource: must look like ${example}`);
}

function endOf({ ttl_seconds: seconds }: Static<typeof config>, now: Date, notAfter: Date | undefined): Date {
  return new Date(Math.min(now.getTime() + seconds * 1000, notAfter?.getTime() ?? Infinity));
}

function credentialsUntil(session: Session, expiresAt: Date, key: string): Credentials {
  return { credentials: sessionCredentials({ ...session, expiresAt }, key), expiresAt };
}

if (import.meta.main) await servePlugin(helloCloud());
