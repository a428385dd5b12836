import { numberFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";
import { changeLines } from "./change-lines.ts";
import { parsePipelineRef } from "./pipeline-ref.ts";

/** `rat pipeline diff <pipeline>`: what differs between two versions. */
export async function pipelineDiff(context: CommandContext): Promise<ExitCode> {
  const ref = parsePipelineRef(context.args[0] ?? "");
  const limits = { min: 1, max: 999_999_999 };
  const versions = {
    from: numberFlag(context.flags, "from", limits),
    to: numberFlag(context.flags, "to", limits),
  };
  const client = await context.connect();
  const diff = await client.pipelines.diff(ref, versions);
  await context.show({
    ...recordView(diff, {
      name: `${diff.from}..${diff.to}`,
      text: (paint) => changeLines(diff.changes, paint),
    }),
    hint: diff.changes.length === 0 ? `Versions ${diff.from} and ${diff.to} say the same.` : undefined,
  });
  return 0;
}
