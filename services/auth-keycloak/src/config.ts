import { secret, Type, type Static } from "@rat/plugin-sdk";
import { ALGORITHMS } from "./algorithms.ts";

/** Where a claim stands: see {@link ./claim-path.ts}. */
const claimPath = Type.Union([
  Type.String({ minLength: 1, maxLength: 512 }),
  Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 8 }),
]);

const name = (description: string) => Type.String({ minLength: 1, maxLength: 255, description });

/** The settings of the plugin. docs/how-to/openid.md has them as a table. */
export const authConfig = Type.Object({
  keycloak_url: Type.Optional(
    Type.String({ description: "Keycloak's address, for example https://sso.example. Goes with realm." }),
  ),
  realm: Type.Optional(
    Type.String({
      pattern: "^[A-Za-z0-9._~-]{1,255}$",
      description: "The realm; the issuer is then <keycloak_url>/realms/<realm>, unless it is given.",
    }),
  ),
  issuer: Type.Optional(
    Type.String({
      description:
        "The issuer, exactly as tokens say it: of another provider, or of a Keycloak that people reach by another name.",
    }),
  ),
  client_id: name("The client that RAT is at the provider."),
  client_secret: Type.Optional(secret({ description: "The secret of client_id, for introspection." })),
  audience: Type.Optional(
    Type.Union([
      name("Who a token must be for."),
      Type.Array(name("One of those a token must be for."), { minItems: 1, maxItems: 16 }),
    ]),
  ),
  introspection: Type.String({
    pattern: "^(auto|always|never)$",
    default: "auto",
    description:
      "auto asks the provider about opaque tokens when a client_secret is there; always about every token.",
  }),
  algorithms: Type.Array(Type.String({ pattern: `^(${[...ALGORITHMS.keys()].join("|")})$` }), {
    minItems: 1,
    uniqueItems: true,
    default: ["RS256", "PS256", "ES256", "EdDSA"],
    description: "Signature algorithms that are accepted.",
  }),
  roles_claims: Type.Array(claimPath, {
    maxItems: 16,
    default: ["realm_access.roles", ["resource_access", "{client_id}", "roles"]],
    description: "Claims that list roles: a dotted path, a JSON pointer, a list of keys, or a URL.",
  }),
  user_claim: Type.Union(claimPath.anyOf, {
    default: "sub",
    description: "The claim that becomes the user's id. Must be unique and never given to another person.",
  }),
  email_claim: Type.Union(claimPath.anyOf, { default: "email" }),
  email_verified_optional: Type.Boolean({
    default: false,
    description: "Whether an address counts as proven when a token does not say email_verified.",
  }),
  clock_skew_seconds: Type.Integer({ minimum: 0, maximum: 60, default: 30 }),
  jwks_cooldown_seconds: Type.Integer({
    minimum: 1,
    maximum: 3600,
    default: 30,
    description: "The provider's keys are fetched at most once in this time, whatever tokens come.",
  }),
  jwks_max_age_seconds: Type.Integer({
    minimum: 10,
    maximum: 86_400,
    default: 600,
    description: "How often the keys are fetched anew.",
  }),
  jwks_max_stale_seconds: Type.Integer({
    minimum: 60,
    maximum: 604_800,
    default: 86_400,
    description: "How long keys stay in force while they cannot be fetched anew.",
  }),
  http_timeout_ms: Type.Integer({ minimum: 100, maximum: 30_000, default: 3000 }),
  allow_http: Type.Boolean({
    default: false,
    description: "Whether a host other than loopback may go without TLS.",
  }),
  permissions: Type.Record(
    Type.String(),
    Type.Array(
      Type.String({
        pattern: "^[^:\\s]{1,128}(:[^:\\s]{1,128})?$",
        description: "action or resource_type:action, * for any.",
      }),
      { maxItems: 256 },
    ),
    { default: { admin: ["*"] }, description: "What each role may do." },
  ),
  login_client_id: Type.Optional(name("The public client that people sign in with; client_id when absent.")),
  login_scopes: Type.Array(name("A scope."), { maxItems: 32, default: ["openid"] }),
  login_resource: Type.Optional(name("The resource (RFC 8707) that tokens are asked for.")),
});

/** The settings in force. */
export type AuthConfig = Static<typeof authConfig>;
