import type { PipelineVersion } from "@rat/client";
import { numberFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { formatAge } from "../../output/age.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import type { Column } from "../../output/table.ts";
import { listView } from "../../output/view.ts";
import { parsePipelineRef } from "./pipeline-ref.ts";

/** `rat pipeline versions <pipeline>`: newest first. */
export async function pipelineVersions(context: CommandContext): Promise<ExitCode> {
  const ref = parsePipelineRef(context.args[0] ?? "");
  const limit = numberFlag(context.flags, "limit", { min: 1, max: 1_000_000 });
  const client = await context.connect();
  const [{ published_version: published }, versions] = await Promise.all([
    client.pipelines.get(ref),
    client.pipelines.versions(ref, { limit }),
  ]);
  const columns: readonly Column<PipelineVersion>[] = [
    { title: "VERSION", value: ({ version }) => String(version) },
    {
      title: "PUBLISHED",
      value: ({ version }) => (version === published ? "● in force" : null),
      tone: () => "good",
    },
    { title: "KIND", value: ({ kind }) => kind },
    { title: "AGE", value: (version) => formatAge(version.created_at, context.terminal.now()) },
    { title: "BY", value: (version) => version.created_by },
    { title: "MESSAGE", value: ({ message }) => message || null },
  ];
  const look = { columns, name: ({ version }: PipelineVersion) => String(version), empty: "No versions." };
  await context.show(listView(versions, look));
  return 0;
}
