import type { Pipeline, PipelineFilter } from "@rat/client";
import { numberFlag, textFlag, type Flags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { formatAge } from "../../output/age.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import type { Column } from "../../output/table.ts";
import { listView } from "../../output/view.ts";
import { shortPipelineText } from "./pipeline-ref.ts";

/** `rat pipeline list`: the pipelines that the caller may read. */
export async function pipelineList(context: CommandContext): Promise<ExitCode> {
  const { flags, terminal } = context;
  const limit = numberFlag(flags, "limit", { min: 1, max: 1_000_000 });
  const client = await context.connect();
  const pipelines = await client.pipelines.list(parseFilter(flags), { limit });
  const columns: readonly Column<Pipeline>[] = [
    { title: "PIPELINE", value: shortPipelineText },
    { title: "KIND", value: (pipeline) => pipeline.kind },
    {
      title: "PUBLISHED",
      value: ({ published_version: version }) => (version === null ? null : String(version)),
      tone: ({ published_version: published, latest_version: latest }) =>
        published === latest ? "plain" : "warning",
    },
    { title: "LATEST", value: (pipeline) => String(pipeline.latest_version) },
    { title: "CHANGED", value: (pipeline) => formatAge(pipeline.updated_at, terminal.now()) },
    { title: "OWNER", value: (pipeline) => pipeline.owner || null, wide: true },
    { title: "DESCRIPTION", value: (pipeline) => pipeline.description || null },
  ];
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
