import { ApiError, type Client, type PluginDetail } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import { formatAge } from "../../output/age.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { renderFields } from "../../output/fields.ts";
import { printable } from "../../output/printable.ts";
import { recordView } from "../../output/view.ts";

/** `rat plugin show <plugin>`: one plugin by id or name. */
export async function pluginShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  const plugin = await find(client, context.args[0] ?? "");
  const age = formatAge(plugin.health_since, context.terminal.now());
  await context.show(
    recordView(plugin, {
      name: plugin.name,
      text: (paint) => [
        ...renderFields(
          [
            { label: "Plugin", value: plugin.name, tone: "strong" },
            { label: "Id", value: plugin.id },
            { label: "Slot", value: plugin.slot },
            { label: "Version", value: plugin.version },
            { label: "State", value: plugin.state },
            { label: "Health", value: age === null ? plugin.health : `${plugin.health} for ${age}` },
            { label: "Message", value: plugin.message },
            { label: "Image", value: plugin.image },
            { label: "Address", value: plugin.address },
            { label: "Wire", value: plugin.wire },
            { label: "Contracts", value: plugin.contracts.join(", ") || null },
            { label: "Capabilities", value: plugin.capabilities.join(", ") || null },
            { label: "Signature", value: plugin.signature_status },
          ],
          paint,
        ),
        ...(plugin.health_history.length === 0 ? [] : ["", paint("Health history", "strong")]),
        ...plugin.health_history.map(({ at, from, to, message }) =>
          printable(`${at}  ${from} → ${to}  ${message ?? ""}`).trimEnd(),
        ),
      ],
    }),
  );
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
