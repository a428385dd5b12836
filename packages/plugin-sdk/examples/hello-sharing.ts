// A sharing plugin that keeps its grants in memory. Run it: node packages/plugin-sdk/examples/hello-sharing.ts
import { definePlugin, servePlugin, Type, type PluginDefinition } from "@rat/plugin-sdk";
import { GrantBook } from "./sharing/grant-book.ts";

const config = Type.Object({
  max_grants: Type.Integer({
    minimum: 1,
    default: 100_000,
    description: "How many grants, ended ones too, fit in memory.",
  }),
});

/** The plugin, with a grant book of its own. */
export function helloSharing(): PluginDefinition<"sharing", typeof config> {
  const book = new GrantBook();
  return definePlugin("sharing", {
    name: "hello-sharing",
    version: "0.1.0",
    config,
    shareResource: (input, ctx) => book.share(input, ctx.now(), ctx.config.max_grants),
    revokeAccess: ({ grantId, revokedBy }, ctx) => ({ revoked: book.revoke(grantId, revokedBy, ctx.now()) }),
    listAccess: (input, ctx) => book.list(input, ctx.now()),
    getGrant: ({ grantId }) => book.get(grantId),
    listGranteeAccess: (input, ctx) => book.listOf(input, ctx.now()),
    forgetResource: (input, ctx) => ({ revoked: book.forget(input, ctx.now()) }),
    transferOwnership: (input) => {
      book.transfer(input);
      return { transferred: true };
    },
  });
}

if (import.meta.main) await servePlugin(helloSharing());
