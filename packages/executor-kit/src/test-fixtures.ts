import type { SubmitInput } from "@rat/plugin-sdk";
import type { ExecutorSettings } from "./executor-settings.ts";

/** The id of an image, as the engine writes it. */
export const IMAGE_ID = `sha256:${"a1".repeat(32)}`;

/** The settings that a test does not care about, and those that it does. */
export function settings(
  given: Partial<Omit<ExecutorSettings, "images">> & {
    readonly images?: Partial<ExecutorSettings["images"]>;
  } = {},
): ExecutorSettings {
  return {
    instance: "test",
    max_concurrent: 4,
    user: "65532:65532",
    limits: { memory_mb: 512, cpus: 1, pids: 256, disk_mb: 256 },
    max_limits: { memory_mb: 2048, cpus: 2, pids: 1024, disk_mb: 1024 },
    allow_bridge: false,
    log_limit_mb: 10,
    stop_grace_ms: 1000,
    retention_s: 600,
    poll_ms: 5000,
    ...given,
    images: { allow: [], require_digest: false, pull: "never", ...given.images },
  };
}

/** A request to run `true`, with what the test cares about. */
export function submitInput(given: Partial<SubmitInput> = {}): SubmitInput {
  return {
    runId: "run.1",
    namespace: "",
    layer: undefined,
    pipelineName: "orders",
    trigger: "manual",
    s3Credentials: {},
    env: {},
    epoch: 1n,
    deadline: undefined,
    spec: { argv: ["true"] },
    kind: "command",
    token: "",
    reportUrl: "",
    ...given,
  };
}
