import type { PipelineDetail, PipelineVersion } from "@rat/client";
import { renderFields } from "../../output/fields.ts";
import { printable } from "../../output/printable.ts";
import { recordView, type View } from "../../output/view.ts";
import { shortPipelineText } from "./pipeline-ref.ts";

/** One pipeline with the spec of one of its versions. */
export function pipelineView(pipeline: PipelineDetail, version: PipelineVersion = pipeline.latest): View {
  const { latest, ...rest } = pipeline;
  const text = (value: number | null) => (value === null ? null : String(value));
  return recordView(version === latest ? pipeline : { ...rest, shown: version }, {
    name: pipeline.id,
    text: (paint) => [
      ...renderFields(
        [
          { label: "Pipeline", value: shortPipelineText(pipeline), tone: "strong" },
          { label: "Description", value: pipeline.description || null },
          { label: "Owner", value: pipeline.owner || null },
          { label: "Published", value: text(pipeline.published_version) },
          { label: "Latest", value: text(pipeline.latest_version) },
          { label: "Version", value: `${version.version} of ${version.created_at} by ${version.created_by}` },
          { label: "Message", value: version.message || null },
          { label: "Kind", value: `${version.kind}, isolation ${version.isolation}` },
          { label: "Time limit", value: `${version.timeout_seconds}s, ${version.max_attempts} attempts` },
        ],
        paint,
      ),
      "",
      ...specLines(version.spec),
    ],
  });
}

/** A spec for people: texts of several lines as they are. */
function specLines(spec: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(spec).flatMap(([key, value]) =>
    typeof value === "string" && value.includes("\n")
      ? [
          `${printable(key)}:`,
          ...value
            .trimEnd()
            .split("\n")
            .map((line) => `  ${printable(line)}`),
        ]
      : [`${printable(key)}: ${printable(typeof value === "string" ? value : JSON.stringify(value))}`],
  );
}
