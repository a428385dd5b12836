import type { CommandContext } from "../command-spec.ts";
import type { ExitCode } from "../exit-codes.ts";
import { choosePublished } from "../pipelines/choose-published.ts";

/** `rat pipeline publish <pipeline>`. */
export function pipelinePublish(context: CommandContext): Promise<ExitCode> {
  return choosePublished(context, (client, ref, version) => client.pipelines.publish(ref, version));
}
