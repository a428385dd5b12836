import { ApiError, type Client, type PluginDetail } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { pluginView } from "./plugin-view.ts";

/** `rat plugin show <plugin>`: one plugin by id or name. */
export async function pluginShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  const plugin = await find(client, context.args[0] ?? "");
  await context.show(pluginView(plugin, context.terminal.now()));
  return 0;
}

/** Ids come first; a name is looked up in the list. */
async function find(client: Client, idOrName: string): Promise<PluginDetail> {
  try {
    return await client.plugins.get(idOrName);
  } catch (error) {
    if (!(error instanceof ApiError) || ![400, 404, 422].includes(error.problem.status)) throw error;
    const named = (await client.plugins.list()).find((plugin) => plugin.name === idOrName);
    if (named === undefined) throw error;
    return client.plugins.get(named.id);
  }
}
