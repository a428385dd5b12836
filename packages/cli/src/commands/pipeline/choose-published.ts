import type { Client, PipelineDetail, PipelineRef } from "@rat/client";
import { numberFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";
import { parsePipelineRef, shortPipelineText } from "./pipeline-ref.ts";

/** Puts a version in force, and says which it was before and how to go back. */
export async function choosePublished(
  context: CommandContext,
  choose: (client: Client, ref: PipelineRef, version: number | undefined) => Promise<PipelineDetail>,
): Promise<ExitCode> {
  const ref = parsePipelineRef(context.args[0] ?? "");
  const version = numberFlag(context.flags, "version", { min: 1, max: 999_999_999 });
  const client = await context.connect();
  const { published_version: before } = await client.pipelines.get(ref);
  const after = await choose(client, ref, version);
  const name = shortPipelineText(ref);
  const was = before === null ? "none was before" : `version ${before} before`;
  await context.show(
    recordView(after, {
      name: after.id,
      text: () => [`${name}: version ${after.published_version} is in force, ${was}`],
    }),
  );
  if (before !== null && before !== after.published_version) {
    context.say(`Undo: rat pipeline publish ${name} --version ${before}`);
  }
  return 0;
}
