import { secret, Type, type Static } from "@rat/plugin-sdk";

/** The settings of the sharing plugin. docs/how-to/share.md has them as a table. */
export const sharingConfig = Type.Object({
  database_url: secret({
    pattern: "^postgres(ql)?://",
    description: "The PostgreSQL that keeps the grants, as a URL.",
  }),
  schema: Type.String({
    // Of the shape that needs no quotes, and short enough for the channel that is named after it.
    pattern: "^[a-z_][a-z0-9_]{0,47}$",
    default: "sharing",
    description: "The plugin's own schema; made when it is not there.",
  }),
  pool_size: Type.Integer({ minimum: 1, maximum: 100, default: 5, description: "Connections at most." }),
  resource_types: Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
    minItems: 1,
    default: ["namespace", "pipeline", "table", "run"],
    description: "The kinds of things that can be shared.",
  }),
  history_days: Type.Integer({
    minimum: 1,
    maximum: 36_500,
    default: 365,
    description: "How long grants are kept after their end.",
  }),
  connect_timeout_ms: Type.Integer({
    minimum: 100,
    maximum: 30_000,
    default: 2000,
    description: "How long a call waits for a connection.",
  }),
  statement_timeout_ms: Type.Integer({
    minimum: 100,
    maximum: 60_000,
    default: 3000,
    description: "How long a statement may take.",
  }),
});

/** The settings in force. */
export type SharingConfig = Static<typeof sharingConfig>;
