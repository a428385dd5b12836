import type { Run, RunDetail } from "@rat/client";
import { formatAge, formatSpan } from "../../output/age.ts";
import { renderFields } from "../../output/fields.ts";
import type { Tone } from "../../output/style.ts";
import { renderTable, type Column } from "../../output/table.ts";
import { recordView, type View } from "../../output/view.ts";
import { shortPipelineText } from "../pipeline/pipeline-ref.ts";

const SIGNS: Readonly<Record<Run["state"], string>> = {
  pending: "◌",
  running: "▶",
  success: "●",
  failed: "✕",
  cancelled: "○",
};
const TONES: Readonly<Record<Run["state"], Tone>> = {
  pending: "quiet",
  running: "strong",
  success: "good",
  failed: "bad",
  cancelled: "warning",
};

/** A state with its sign. */
export function stateText(state: Run["state"]): string {
  return `${SIGNS[state]} ${state}`;
}

/** How good a state is. */
export function stateTone(state: Run["state"]): Tone {
  return TONES[state];
}

/** The pipeline of a run, as short as it may be written. */
export function runPipeline({ namespace, layer, pipeline }: Run): string {
  return shortPipelineText({ namespace, layer, name: pipeline });
}

/** A duration that people compare: `320ms`, `4.2s`, `3m`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)}s` : formatSpan(ms / 1_000);
}

/** How long a run took. */
export function durationText({ duration_ms: ms }: Run): string | null {
  return ms === null ? null : formatDuration(ms);
}

type Attempt = RunDetail["attempts"][number];

const ATTEMPT_COLUMNS: readonly Column<Attempt>[] = [
  { title: "ATTEMPT", value: ({ attempt }) => String(attempt) },
  { title: "STATE", value: ({ state }) => state },
  { title: "EXECUTOR", value: ({ executor }) => executor },
  { title: "EXIT", value: ({ exit_code: code }) => (code === null ? null : String(code)) },
  { title: "FINISHED", value: ({ finished_at: at }) => at },
  { title: "ERROR", value: ({ error }) => error || null },
];

/** One run as a record, with its ended attempts where they are known. */
export function runView(run: Run, attempts?: readonly Attempt[]): View {
  const number = (value: number | null) => (value === null ? null : String(value));
  const fields = [
    { label: "Run", value: run.id, tone: "strong" as const },
    { label: "Pipeline", value: `${runPipeline(run)} version ${run.version}` },
    { label: "State", value: stateText(run.state), tone: stateTone(run.state) },
    { label: "Reason", value: run.reason || null },
    {
      label: "Trigger",
      value: run.upstream_run_id === null ? run.trigger : `upstream ${run.upstream_run_id}`,
    },
    { label: "Attempt", value: `${run.attempt} of ${run.max_attempts}` },
    { label: "Executor", value: run.executor },
    { label: "Exit code", value: number(run.exit_code) },
    { label: "Rows", value: number(run.rows_written) },
    { label: "Created", value: `${run.created_at} by ${run.created_by}` },
    { label: "Started", value: run.started_at },
    { label: "Finished", value: run.finished_at },
    { label: "Duration", value: durationText(run) },
  ];
  const shown = fields.filter(({ value }) => value !== null);
  return recordView(attempts === undefined ? { ...run } : { ...run, attempts }, {
    name: run.id,
    text: (paint) => [
      ...renderFields(shown, paint),
      ...(attempts === undefined || attempts.length === 0
        ? []
        : ["", ...renderTable(ATTEMPT_COLUMNS, attempts, paint)]),
    ],
  });
}

/** The columns of a list of runs. `now` is milliseconds since 1970. */
export function runColumns(now: number): readonly Column<Run>[] {
  return [
    { title: "RUN", value: (run) => run.id },
    { title: "PIPELINE", value: runPipeline },
    { title: "STATE", value: ({ state }) => stateText(state), tone: ({ state }) => stateTone(state) },
    { title: "TRIGGER", value: (run) => run.trigger },
    { title: "AGE", value: (run) => formatAge(run.created_at, now) },
    { title: "TOOK", value: durationText },
    { title: "ROWS", value: ({ rows_written: rows }) => (rows === null ? null : String(rows)) },
    { title: "VERSION", value: (run) => String(run.version), wide: true },
    { title: "ATTEMPT", value: (run) => `${run.attempt}/${run.max_attempts}`, wide: true },
    { title: "EXECUTOR", value: (run) => run.executor, wide: true },
    { title: "BY", value: (run) => run.created_by, wide: true },
    { title: "REASON", value: (run) => run.reason || null },
  ];
}
