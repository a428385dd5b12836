import type { TriggerFilter } from "@rat/client";
import { numberFlag, textFlag, type Flags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { parsePipelineRef } from "../pipeline/pipeline-ref.ts";
import { triggerColumns } from "./trigger-view.ts";

/** `rat trigger list`: the triggers of pipelines that the caller may read. */
export async function triggerList(context: CommandContext): Promise<ExitCode> {
  const { flags, terminal } = context;
  const limit = numberFlag(flags, "limit", { min: 1, max: 1_000_000 });
  const filter = parseFilter(flags);
  const client = await context.connect();
  const triggers = await client.triggers.list(filter, { limit });
  const columns = triggerColumns(terminal.now());
  const empty = "No triggers here. Add one with: rat trigger create <pipeline> cron --schedule '0 6 * * *'";
  await context.show(listView(triggers, { columns, name: ({ id }) => id, empty }));
  return 0;
}

/** The filter of a command line; ratd itself refuses a kind that it does not know, and says which it does. */
function parseFilter(flags: Flags): TriggerFilter {
  const kind = textFlag(flags, "kind");
  const pipeline = textFlag(flags, "pipeline");
  if (pipeline === undefined) return { kind } as TriggerFilter;
  const { namespace, layer, name } = parsePipelineRef(pipeline);
  return { kind, namespace, layer, pipeline: name } as TriggerFilter;
}
