import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { choosePublished } from "./choose-published.ts";

/** `rat pipeline publish <pipeline>`. */
export function pipelinePublish(context: CommandContext): Promise<ExitCode> {
  return choosePublished(context, (client, ref, version) => client.pipelines.publish(ref, version));
}
