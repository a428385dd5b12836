// An enforcement plugin with a list of rules. Run it: node packages/plugin-sdk/examples/hello-enforcement.ts
import { definePlugin, servePlugin, Type, type PluginDefinition } from "@rat/plugin-sdk";
import { RulesFile } from "./enforcement/rules-file.ts";
import { AccessRule, decide, explain } from "./enforcement/access-rule.ts";

/** An admin may do everything, a viewer may read; who matches no rule may do nothing. */
const DEFAULT_RULES = [
  { roles: ["admin"], resource_type: "*", resource_id: "*", actions: ["*"], effect: "allow" as const },
  { roles: ["viewer"], resource_type: "*", resource_id: "*", actions: ["read"], effect: "allow" as const },
];

const config = Type.Object({
  rules: Type.Array(AccessRule, { default: DEFAULT_RULES, description: "The first rule that fits decides." }),
  rules_file: Type.Optional(
    Type.String({
      minLength: 1,
      description: "A JSON file with a list of rules; read again when it changes.",
    }),
  ),
});

/** The plugin. */
export function helloEnforcement(): PluginDefinition<"enforcement", typeof config> {
  let file: RulesFile | undefined;
  const rulesOf = (configured: readonly AccessRule[]): readonly AccessRule[] => file?.rules() ?? configured;
  return definePlugin("enforcement", {
    name: "hello-enforcement",
    version: "0.1.0",
    config,

    configured({ config, health }) {
      file = config.rules_file === undefined ? undefined : new RulesFile(config.rules_file, health);
    },

    canAccess: (check, { config }) => decide(rulesOf(config.rules), check),
    batchCanAccess({ checks }, { config }) {
      const rules = rulesOf(config.rules);
      return checks.map((check) => decide(rules, check));
    },
    explain: (check, { config }) => explain(rulesOf(config.rules), check),
  });
}

if (import.meta.main) await servePlugin(helloEnforcement());
