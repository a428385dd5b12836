import type { PluginFilter } from "@rat/client";
import type { Flags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { pluginColumns } from "./plugin-view.ts";

/** `rat plugin list`: the plugins that ratd knows. */
export async function pluginList(context: CommandContext): Promise<ExitCode> {
  const { flags, terminal } = context;
  const client = await context.connect();
  const plugins = await client.plugins.list(parseFilter(flags["slot"], flags["health"]));
  const columns = pluginColumns(terminal.now());
  const empty =
    "No plugins. A plugin is added under `plugins:` in rat.yaml; without any, the built-ins serve.";
  await context.show(listView(plugins, { columns, name: (plugin) => plugin.name, empty }));
  return 0;
}

/** The filter of a command line; ratd itself refuses a value that it does not know, and says which it does. */
function parseFilter(slot: Flags[string], health: Flags[string]): PluginFilter {
  return { slot, health } as PluginFilter;
}
