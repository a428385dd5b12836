import { RatError, type ErrorCode } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { ExecutorPort, RunStatus, RunSubmission } from "../../slots/executor/executor.ts";
import { newCallContext, type CallContext } from "../../slots/slot.ts";
import type { RunTokens } from "../run-token.ts";
import type { ActiveRun } from "./active-run.ts";
import type { CredentialSource } from "./run-credentials.ts";
import type { RunRights } from "./run-rights.ts";
import type { SpecCache } from "./spec-cache.ts";

/** What came of handing an attempt to its executor. */
export type HandoverResult =
  | { readonly kind: "accepted"; readonly status: RunStatus }
  /** It has certainly not started and may be tried again. */
  | { readonly kind: "not-taken"; readonly reason: string; readonly full: boolean }
  /** It will never be taken as it is. */
  | { readonly kind: "refused"; readonly reason: string }
  /** The executor has seen a higher epoch: another replica has it. */
  | { readonly kind: "fenced"; readonly reason: string }
  /** Nobody knows whether it was taken. */
  | { readonly kind: "unsure"; readonly reason: string };

/** What an executor's own refusal of a run means. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  "bad_request",
  "permission_denied",
  "not_available",
  "not_found",
]);

/** What a handover needs. */
export interface HandoverDeps {
  readonly specs: SpecCache;
  readonly credentials: CredentialSource;
  readonly rights: RunRights;
  readonly tokens: () => Promise<RunTokens>;
  readonly reportUrl: () => string;
  /** Life of a run lease, milliseconds. */
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Hands attempts to executors: with their spec, their token and fresh credentials. */
export class Handover {
  readonly #deps: HandoverDeps;

  constructor(deps: HandoverDeps) {
    this.#deps = deps;
  }

  /** What a call about this attempt carries. */
  context({ name }: ActiveRun): CallContext {
    return { ...newCallContext("run", this.#deps.signal), requestId: name };
  }

  /** Submits an attempt, or renews what the executor has of it. */
  async submit(active: ActiveRun, port: ExecutorPort): Promise<HandoverResult> {
    let submission: RunSubmission;
    try {
      submission = await this.#submission(active);
    } catch (reason) {
      const error = RatError.from(reason);
      // What the cloud plugin will not give, it will not give later either.
      if (REFUSALS.has(error.code)) return { kind: "refused", reason: error.message };
      return { kind: "not-taken", reason: error.message, full: false };
    }
    // A replica that was paused since its claim is late: the run may be another's, at an executor that has never seen it.
    if (active.phase === "handing" && active.heldFor(this.#deps.clock.monotonic()) > this.#deps.leaseMs) {
      return { kind: "fenced", reason: "the run lease lapsed before the run was handed over" };
    }
    try {
      return { kind: "accepted", status: await port.submit(submission, this.context(active)) };
    } catch (reason) {
      const error = RatError.from(reason);
      if (error.code === "executor_unavailable") {
        return { kind: "not-taken", reason: error.message, full: true };
      }
      if (error.code === "conflict") return { kind: "fenced", reason: error.message };
      return { kind: REFUSALS.has(error.code) ? "refused" : "unsure", reason: error.message };
    }
  }

  async #submission(active: ActiveRun): Promise<RunSubmission> {
    const { run, name } = active;
    await this.#deps.rights.demand(run, this.context(active));
    const [spec, credentials, tokens] = await Promise.all([
      this.#deps.specs.get(run.pipelineId, run.version),
      // Each time a request of its own: a plugin that knows the key of the last would give the same credentials again.
      this.#deps.credentials.get(active, newCallContext(name, this.#deps.signal)),
      this.#deps.tokens(),
    ]);
    const { renewInMs } = credentials;
    active.renewAt(renewInMs === undefined ? undefined : this.#deps.clock.monotonic() + renewInMs);
    return {
      runId: name,
      namespace: run.namespace,
      layer: run.layer,
      pipelineName: run.pipeline,
      trigger: run.trigger,
      s3Credentials: credentials.values,
      env: run.env,
      epoch: run.epoch,
      deadline: run.deadline,
      spec,
      kind: run.kind,
      token: tokens.issue(name, run.epoch),
      reportUrl: this.#deps.reportUrl(),
    };
  }
}
