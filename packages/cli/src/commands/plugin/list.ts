import type { Plugin, PluginFilter } from "@rat/client";
import type { Flags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { formatAge } from "../../output/age.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import type { Column } from "../../output/table.ts";
import { listView } from "../../output/view.ts";

/** `rat plugin list`: the plugins that ratd knows. */
export async function pluginList(context: CommandContext): Promise<ExitCode> {
  const { flags, terminal } = context;
  const client = await context.connect();
  const plugins = await client.plugins.list(parseFilter(flags["slot"], flags["health"]));
  const columns: readonly Column<Plugin>[] = [
    { title: "NAME", value: (plugin) => plugin.name },
    { title: "SLOT", value: (plugin) => plugin.slot },
    { title: "VERSION", value: (plugin) => plugin.version },
    { title: "STATE", value: (plugin) => plugin.state },
    { title: "HEALTH", value: (plugin) => plugin.health },
    { title: "SINCE", value: (plugin) => formatAge(plugin.health_since, terminal.now()) },
    { title: "MESSAGE", value: (plugin) => plugin.message },
    { title: "ID", value: (plugin) => plugin.id, wide: true },
    { title: "ADDRESS", value: (plugin) => plugin.address, wide: true },
    { title: "IMAGE", value: (plugin) => plugin.image, wide: true },
    { title: "WIRE", value: (plugin) => plugin.wire, wide: true },
    { title: "SIGNATURE", value: (plugin) => plugin.signature_status, wide: true },
  ];
  const empty =
    "No plugins. A plugin is added under `plugins:` in rat.yaml; without any, the built-ins serve.";
  await context.show(listView(plugins, { columns, name: (plugin) => plugin.name, empty }));
  return 0;
}

/** The filter of a command line; ratd itself refuses a value that it does not know, and says which it does. */
function parseFilter(slot: Flags[string], health: Flags[string]): PluginFilter {
  return { slot, health } as PluginFilter;
}
