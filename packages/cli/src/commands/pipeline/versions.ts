import type { PipelineVersion } from "@rat/client";
import { numberFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { parsePipelineRef } from "./pipeline-ref.ts";
import { versionColumns } from "./pipeline-view.ts";

/** `rat pipeline versions <pipeline>`: newest first. */
export async function pipelineVersions(context: CommandContext): Promise<ExitCode> {
  const ref = parsePipelineRef(context.args[0] ?? "");
  const limit = numberFlag(context.flags, "limit", { min: 1, max: 1_000_000 });
  const client = await context.connect();
  const [{ published_version: published }, versions] = await Promise.all([
    client.pipelines.get(ref),
    client.pipelines.versions(ref, { limit }),
  ]);
  const columns = versionColumns(published, context.terminal.now());
  const look = { columns, name: ({ version }: PipelineVersion) => String(version), empty: "No versions." };
  await context.show(listView(versions, look));
  return 0;
}
