import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { choosePublished } from "./choose-published.ts";

/** `rat pipeline rollback <pipeline>`. */
export function pipelineRollback(context: CommandContext): Promise<ExitCode> {
  return choosePublished(context, (client, ref, version) => client.pipelines.rollback(ref, version));
}
