import { numberFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { parsePipelineRef } from "./pipeline-ref.ts";
import { pipelineView } from "./pipeline-view.ts";

/** `rat pipeline show <pipeline>`: with its spec. */
export async function pipelineShow(context: CommandContext): Promise<ExitCode> {
  const ref = parsePipelineRef(context.args[0] ?? "");
  const version = numberFlag(context.flags, "version", { min: 1, max: 999_999_999 });
  const client = await context.connect();
  const pipeline = await client.pipelines.get(ref);
  const shown = version === undefined ? undefined : await client.pipelines.version(ref, version);
  await context.show(pipelineView(pipeline, shown));
  return 0;
}
