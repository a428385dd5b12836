import type {
  Namespace,
  PipelineDetail,
  Run,
  RunLogLine,
  RunResult,
  Trigger,
  TriggerSecrets,
} from "@rat/client";

/** The id of the sample run. */
export const RUN_ID = "0194f3c2a7d04b1e8f6a2c9b51";

/** What a fake ratd knows of pipelines and runs; tests change it between requests. */
export interface FakePipelines {
  pipelines: readonly PipelineDetail[];
  runs: readonly Run[];
  triggers: readonly Trigger[];
  lines: readonly RunLogLine[];
  result: RunResult | undefined;
  /** What answers a change in place of success. */
  refusal:
    | {
        readonly status: number;
        readonly code: string;
        readonly detail: string;
        readonly violations: object[];
      }
    | undefined;
  /** Called at each question for the state of a run. */
  onWait: () => void;
}

const at = (seconds: number): string =>
  new Date(Date.parse("2026-01-15T11:59:00.000Z") + seconds * 1_000).toISOString();

/** The namespace of the samples. */
export const NAMESPACE: Namespace = {
  name: "default",
  description: "",
  owner: "system",
  max_running: null,
  created_at: at(0),
  updated_at: at(0),
};

/** A SQL pipeline with two versions, of which the first is in force. */
export const PIPELINE: PipelineDetail = {
  id: "default/gold/monthly_weather",
  namespace: "default",
  layer: "gold",
  name: "monthly_weather",
  description: "weather by month",
  owner: "u-1",
  max_running: null,
  kind: "sql",
  latest_version: 2,
  published_version: 1,
  created_at: at(0),
  updated_at: at(0),
  latest: {
    version: 2,
    kind: "sql",
    spec: { sql: "SELECT 1\nFROM silver.weather\u001B[31m" },
    isolation: "process",
    timeout_seconds: 3600,
    max_attempts: 3,
    retry_on_failure: false,
    priority: 0,
    message: "wider",
    created_by: "u-1",
    created_at: at(0),
  },
};

/** A trigger that fires by time. */
export const TRIGGER: TriggerSecrets = {
  id: "trg_0123456789abcdef01234567",
  pipeline: "default/gold/monthly_weather",
  kind: "cron",
  config: { schedule: "0 6 * * *", time_zone: "UTC", catch_up: "last" },
  paused: false,
  next_fires: ["2026-01-16T06:00:00.000Z"],
  last_fired_at: at(0),
  last_run_id: RUN_ID,
  last_error: "",
  created_by: "u-1",
  created_at: at(0),
  updated_at: at(0),
  token: null,
  secret: null,
};

/** A run that has ended well; `change` makes it another one. */
export function sampleRun(change: Partial<Run> = {}): Run {
  return {
    id: RUN_ID,
    namespace: "default",
    layer: "gold",
    pipeline: "monthly_weather",
    version: 1,
    kind: "sql",
    state: "success",
    reason: "",
    isolation: "process",
    priority: 0,
    trigger: "manual",
    trigger_id: null,
    upstream_run_id: null,
    retry_of: null,
    created_by: "u-1",
    attempt: 1,
    max_attempts: 3,
    timeout_seconds: 3600,
    executor: "warm-pool",
    cancel_requested: false,
    exit_code: null,
    rows_written: 48,
    created_at: at(0),
    started_at: at(1),
    finished_at: at(5.2),
    duration_ms: 4_200,
    ...change,
  };
}

/** A line of output. */
export function sampleLine(offset: number, message: string, level = "info"): RunLogLine {
  return { attempt: 1, offset, at: at(offset), level, message };
}

/** One of everything; a fresh copy at each call. */
export function samplePipelines(): FakePipelines {
  return {
    pipelines: [PIPELINE],
    runs: [sampleRun()],
    triggers: [TRIGGER],
    lines: [sampleLine(0, "48 rows \u001B[2Jwritten"), sampleLine(1, "late", "warn")],
    result: {
      path: "gold/monthly_weather.parquet",
      rows_written: 48,
      columns: [
        { name: "month", type: "INTEGER" },
        { name: "weather", type: "VARCHAR" },
      ],
      rows: [
        [1, "rain"],
        [2, null],
      ],
      truncated: true,
    },
    refusal: undefined,
    onWait: () => undefined,
  };
}

/** Nothing at all. */
export function noPipelines(): FakePipelines {
  return { ...samplePipelines(), pipelines: [], runs: [], triggers: [], lines: [], result: undefined };
}
