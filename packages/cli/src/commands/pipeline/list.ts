import type { PipelineFilter } from "@rat/client";
import { numberFlag, textFlag, type Flags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { pipelineColumns } from "./pipeline-view.ts";

/** `rat pipeline list`: the pipelines that the caller may read. */
export async function pipelineList(context: CommandContext): Promise<ExitCode> {
  const { flags, terminal } = context;
  const limit = numberFlag(flags, "limit", { min: 1, max: 1_000_000 });
  const client = await context.connect();
  const pipelines = await client.pipelines.list(parseFilter(flags), { limit });
  const columns = pipelineColumns(terminal.now());
  const empty = "No pipelines here. Describe some in YAML, then: rat pipeline apply -f pipelines.yaml";
  await context.show(listView(pipelines, { columns, name: ({ id }) => id, empty }));
  return 0;
}

/** The filter of a command line; ratd itself refuses a value that it does not know, and says which it does. */
function parseFilter(flags: Flags): PipelineFilter {
  return {
    namespace: textFlag(flags, "namespace"),
    layer: textFlag(flags, "layer"),
    kind: textFlag(flags, "kind"),
    q: textFlag(flags, "search"),
  } as PipelineFilter;
}
