import type { CommandContext } from "../command-spec.ts";
import type { ExitCode } from "../exit-codes.ts";
import { parsePipelineRef, pipelineText } from "../pipelines/pipeline-ref.ts";
import { removedView } from "../pipelines/removed-view.ts";

/** `rat pipeline delete <pipeline>`: with its triggers; its runs stay. */
export async function pipelineDelete(context: CommandContext): Promise<ExitCode> {
  const ref = parsePipelineRef(context.args[0] ?? "");
  const client = await context.connect();
  await client.pipelines.delete(ref);
  await context.show(removedView("pipeline", pipelineText(ref)));
  return 0;
}
