import type { CommandContext } from "../command-spec.ts";
import type { ExitCode } from "../exit-codes.ts";
import { choosePublished } from "../pipelines/choose-published.ts";

/** `rat pipeline rollback <pipeline>`. */
export function pipelineRollback(context: CommandContext): Promise<ExitCode> {
  return choosePublished(context, (client, ref, version) => client.pipelines.rollback(ref, version));
}
