import { definePlugin, PluginError, type LifecycleContext, type PluginDefinition } from "@rat/plugin-sdk";
import { enforcementConfig, type EnforcementConfig } from "./config.ts";
import { Decider } from "./decider.ts";
import type { GrantSource } from "./grant-source.ts";
import { noGrants } from "./no-grants.ts";
import { postgresGrants } from "./postgres-grants.ts";
import { sharedGrants } from "./shared-grants.ts";

/** The plugin: decides by roles, owners and grants. */
export function enforcementPlugin(): PluginDefinition<"enforcement", typeof enforcementConfig> {
  let source: GrantSource = noGrants();
  let decider: Decider | undefined;
  const present = (): Decider => {
    if (decider === undefined) throw new PluginError("unavailable", "the plugin has no configuration");
    return decider;
  };
  return definePlugin("enforcement", {
    name: "enforcement-plugin",
    version: "0.1.0",
    config: enforcementConfig,

    async configured(ctx) {
      const next = await openSource(ctx);
      const previous = source;
      source = next;
      decider = new Decider(next, ctx.config);
      // Ends its streams: whoever follows them must not build on the earlier settings.
      await previous[Symbol.asyncDispose]();
    },
    stop: async () => {
      await source[Symbol.asyncDispose]();
    },

    // The sharing contract tells of no changes.
    withholds: ({ sharing_address: address }) => (address === undefined ? [] : ["watchInvalidations"]),

    async canAccess(check, { signal }) {
      const [decision] = await present().decideAll([check], signal);
      if (decision === undefined) throw new PluginError("internal", "no decision");
      return decision;
    },
    batchCanAccess: ({ checks }, { signal }) => present().decideAll(checks, signal),
    explain: (check, { signal }) => present().explain(check, signal),
    async *watchInvalidations(_input, { signal }) {
      for await (const revision of source.revisions?.(signal) ?? []) yield { revision };
    },
  });
}

async function openSource(ctx: LifecycleContext<EnforcementConfig>): Promise<GrantSource> {
  const { database_url: url, sharing_address: address } = ctx.config;
  if (url !== undefined && address !== undefined) {
    throw new PluginError("invalid_argument", "config: give database_url or sharing_address, not both");
  }
  if (url !== undefined) return postgresGrants(url, ctx);
  if (address !== undefined) return sharedGrants(address, ctx);
  ctx.health.healthy();
  return noGrants();
}
