import type { CommandContext } from "../command-spec.ts";
import type { ExitCode } from "../exit-codes.ts";
import { numberFlag } from "../flags.ts";
import { parsePipelineRef } from "../pipelines/pipeline-ref.ts";
import { pipelineView } from "../pipelines/pipeline-view.ts";

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
