// An auth plugin with a table of tokens. Run it: node packages/plugin-sdk/examples/hello-auth.ts
import {
  definePlugin,
  secret,
  SecretMap,
  servePlugin,
  Type,
  type PluginDefinition,
  type Static,
} from "@rat/plugin-sdk";

const TokenEntry = Type.Object({
  token: secret(),
  user_id: Type.String({ minLength: 1 }),
  email: Type.String({ default: "" }),
  roles: Type.Array(Type.String({ minLength: 1 }), { default: [] }),
});

/** For a first try on one machine; any real installation replaces them through its configuration. */
const DEMO_TOKENS = [
  { token: "demo-admin", user_id: "alice", email: "alice@example.com", roles: ["admin"] },
  { token: "demo-viewer", user_id: "bob", email: "bob@example.com", roles: ["viewer"] },
];

/** What each role may do; "*" stands for everything. A role that is not listed may do nothing. */
const ROLE_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  admin: ["*"],
  editor: ["read", "write", "share"],
  viewer: ["read"],
};

const config = Type.Object({ tokens: Type.Array(TokenEntry, { default: DEMO_TOKENS }) });

/** The plugin. */
export function helloAuth(): PluginDefinition<"auth", typeof config> {
  let users = new SecretMap<Static<typeof TokenEntry>>();
  return definePlugin("auth", {
    name: "hello-auth",
    version: "0.1.0",
    config,

    configured({ config: { tokens }, log, health }) {
      users = new SecretMap(tokens.map((entry) => [entry.token, entry]));
      const demo = tokens.some(({ token }) => DEMO_TOKENS.some((known) => known.token === token));
      if (demo) log.warn("the demo tokens are in force; set config.tokens before anyone else can reach ratd");
      if (tokens.length === 0) health.degraded("no tokens are configured: every caller is refused");
      else health.healthy();
    },

    authenticate({ token }, { deny }) {
      const user = users.get(token);
      if (user === undefined) return deny("unknown token");
      return { userId: user.user_id, email: user.email, roles: user.roles };
    },

    authorize({ userId, action }, { config }) {
      const roles = config.tokens.filter((entry) => entry.user_id === userId).flatMap((entry) => entry.roles);
      const role = roles.find((name) => allows(name, action));
      if (role !== undefined) return { allowed: true, reason: `role ${role} may ${action}` };
      return { allowed: false, reason: `no role of ${userId} may ${action}` };
    },
  });
}

function allows(role: string, action: string): boolean {
  if (action === "" || !Object.hasOwn(ROLE_ACTIONS, role)) return false;
  const actions = ROLE_ACTIONS[role] ?? [];
  return actions.includes("*") || actions.includes(action);
}

if (import.meta.main) await servePlugin(helloAuth());
