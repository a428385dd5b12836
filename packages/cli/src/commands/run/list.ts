import type { RunFilter } from "@rat/client";
import { numberFlag, textFlag, type Flags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { parsePipelineRef } from "../pipeline/pipeline-ref.ts";
import { runColumns } from "./run-view.ts";

const DEFAULT_LIMIT = 50;

/** `rat run list`: runs, newest first. */
export async function runList(context: CommandContext): Promise<ExitCode> {
  const { flags, terminal } = context;
  const limit = numberFlag(flags, "limit", { min: 1, max: 1_000_000 }) ?? DEFAULT_LIMIT;
  const filter = parseFilter(flags);
  const client = await context.connect();
  const runs = await client.runs.list(filter, { limit });
  const columns = runColumns(terminal.now());
  const empty = "No runs here. Start one with: rat run start <layer>/<name> --follow";
  await context.show(listView(runs, { columns, name: (run) => run.id, empty }));
  return 0;
}

/** The filter of a command line; ratd itself refuses a state or trigger that it does not know, and says which it does. */
function parseFilter(flags: Flags): RunFilter {
  return {
    namespace: textFlag(flags, "namespace"),
    state: textFlag(flags, "state"),
    trigger: textFlag(flags, "trigger"),
    ...pipelineFilter(textFlag(flags, "pipeline")),
  } as RunFilter;
}

function pipelineFilter(text: string | undefined): RunFilter {
  if (text === undefined) return {};
  if (!text.includes("/")) return { pipeline: text };
  const { namespace, layer, name } = parsePipelineRef(text);
  return { namespace, layer, pipeline: name };
}
