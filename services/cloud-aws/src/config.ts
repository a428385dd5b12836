import { secret, Type, type Static } from "@rat/plugin-sdk";

/** The settings of the plugin. docs/how-to/cloud-aws.md has them as a table. */
export const cloudConfig = Type.Object({
  region: Type.String({
    pattern: "^[a-z]{2}(-[a-z]+)+-\\d$",
    description: "The region of STS, and AWS_REGION of the credentials.",
  }),
  role_arn: Type.String({
    pattern: "^arn:aws[a-z-]*:iam::\\d{12}:role/[\\w+=,.@/-]{1,512}$",
    description: "The role that is assumed; what it may do is the most that anybody gets.",
  }),
  endpoint: Type.Optional(
    Type.String({ pattern: "^https?://[^\\s@]+$", description: "Another STS than that of the region." }),
  ),
  allow_http: Type.Boolean({
    default: false,
    description: "Whether an endpoint other than loopback may go without TLS.",
  }),
  access_key_id: Type.Optional(Type.String({ pattern: "^\\w{16,128}$" })),
  secret_access_key: Type.Optional(secret({ minLength: 16, description: "Goes with access_key_id." })),
  web_identity_token_file: Type.Optional(
    Type.String({
      pattern: "^/",
      description: "A file with a token of an OpenID provider that the role trusts; read anew each time.",
    }),
  ),
  external_id: Type.Optional(
    Type.String({
      pattern: "^([\\w+=,.@:/-]|\\{namespace\\}){2,200}$",
      description: "What the trust policy of the role demands; {namespace} stands for the namespace.",
    }),
  ),
  allowed_resources: Type.Array(
    Type.String({ pattern: "^arn:aws[a-z-]*:s3:::[^\\s]+/\\*$", description: "An ARN that ends in /*." }),
    { default: [], maxItems: 256, description: "Scopes must lie in one of these; none means anywhere." },
  ),
  session_seconds: Type.Integer({
    minimum: 900,
    maximum: 43_200,
    default: 3600,
    description: "Longest life of credentials; also bounded by the role.",
  }),
  timeout_ms: Type.Integer({
    minimum: 100,
    maximum: 30_000,
    default: 5000,
    description: "Limit of one call to STS.",
  }),
});

/** The settings in force. */
export type CloudConfig = Static<typeof cloudConfig>;
