import type { Pipeline, PipelineDetail, PipelineVersion } from "@rat/client";
import { formatAge } from "../../output/age.ts";
import { renderFields } from "../../output/fields.ts";
import { printable } from "../../output/printable.ts";
import type { Column } from "../../output/table.ts";
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

/** The columns of a list of pipelines. `now` is milliseconds since 1970. */
export function pipelineColumns(now: number): readonly Column<Pipeline>[] {
  return [
    { title: "PIPELINE", value: shortPipelineText },
    { title: "KIND", value: (pipeline) => pipeline.kind },
    {
      title: "PUBLISHED",
      value: ({ published_version: version }) => (version === null ? null : String(version)),
      tone: ({ published_version: published, latest_version: latest }) =>
        published === latest ? "plain" : "warning",
    },
    { title: "LATEST", value: (pipeline) => String(pipeline.latest_version) },
    { title: "CHANGED", value: (pipeline) => formatAge(pipeline.updated_at, now) },
    { title: "OWNER", value: (pipeline) => pipeline.owner || null, wide: true },
    { title: "DESCRIPTION", value: (pipeline) => pipeline.description || null },
  ];
}

/** The columns of a list of versions, of which one may be `published`. `now` is milliseconds since 1970. */
export function versionColumns(published: number | null, now: number): readonly Column<PipelineVersion>[] {
  return [
    { title: "VERSION", value: ({ version }) => String(version) },
    {
      title: "PUBLISHED",
      value: ({ version }) => (version === published ? "● in force" : null),
      tone: () => "good",
    },
    { title: "KIND", value: ({ kind }) => kind },
    { title: "AGE", value: (version) => formatAge(version.created_at, now) },
    { title: "BY", value: (version) => version.created_by },
    { title: "MESSAGE", value: ({ message }) => message || null },
  ];
}
