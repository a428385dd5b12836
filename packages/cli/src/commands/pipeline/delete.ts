import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { removedView } from "../../output/removed-view.ts";
import { parsePipelineRef, pipelineText } from "./pipeline-ref.ts";

/** `rat pipeline delete <pipeline>`: with its triggers; its runs stay. */
export async function pipelineDelete(context: CommandContext): Promise<ExitCode> {
  const ref = parsePipelineRef(context.args[0] ?? "");
  const client = await context.connect();
  await client.pipelines.delete(ref);
  await context.show(removedView("pipeline", pipelineText(ref)));
  return 0;
}
