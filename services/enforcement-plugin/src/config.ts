import { secret, Type, type Static } from "@rat/plugin-sdk";

const role = Type.String({ minLength: 1, maxLength: 512 });
const file = Type.String({ minLength: 1 });

/** The settings of the enforcement plugin. docs/how-to/share.md has them as a table. */
export const enforcementConfig = Type.Object({
  database_url: Type.Optional(
    secret({
      pattern: "^postgres(ql)?://",
      description: "The PostgreSQL of the sharing plugin, as a URL; a role that may read is enough.",
    }),
  ),
  schema: Type.String({
    pattern: "^[a-z_][a-z0-9_]{0,47}$",
    default: "sharing",
    description: "The schema of the sharing plugin.",
  }),
  pool_size: Type.Integer({ minimum: 1, maximum: 100, default: 5, description: "Connections at most." }),
  connect_timeout_ms: Type.Integer({ minimum: 100, maximum: 30_000, default: 2000 }),
  statement_timeout_ms: Type.Integer({ minimum: 100, maximum: 60_000, default: 2000 }),
  sharing_address: Type.Optional(
    Type.String({
      pattern: "^(https?://)?[^\\s/@]+/?$",
      description: "Any sharing plugin, as host:port or URL, instead of a database.",
    }),
  ),
  sharing_tls: Type.Optional(
    Type.Object({ cert: file, key: file, ca: file }, { description: "PEM files for mutual TLS with it." }),
  ),
  sharing_timeout_ms: Type.Integer({ minimum: 100, maximum: 30_000, default: 2000 }),
  admin_roles: Type.Array(role, {
    default: ["admin"],
    description: "Who holds one of them may do everything.",
  }),
  namespace_creators: Type.Union([Type.Literal("identified"), Type.Array(role)], {
    default: "identified",
    description: "Who may make namespaces: everybody who is known by name, or holders of one of these roles.",
  }),
});

/** The settings in force. */
export type EnforcementConfig = Static<typeof enforcementConfig>;
