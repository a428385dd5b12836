import type { Answer, Body } from "./answer.ts";
import type { Routes } from "./gen/api.ts";

/** What /health answers. */
export type Health = Answer<"GET /health">;
/** What /features answers. */
export type Features = Answer<"GET /features">;
/** One slot. */
export type Slot = Answer<"GET /api/v1/slots/{slot}">;
/** The states of a slot, the only words used for them. */
export type SlotState = Slot["state"];
/** One plugin of the list. */
export type Plugin = Answer<"GET /api/v1/plugins">["plugins"][number];
/** One plugin with its addresses and health history. */
export type PluginDetail = Answer<"GET /api/v1/plugins/{id}">;
/** Which plugins to list; without a filter all of them. */
export type PluginFilter = NonNullable<Routes["GET /api/v1/plugins"]["query"]>;
/** A key of rat.yaml that differs from what is in force. */
export type ConfigChange = Answer<"GET /api/v1/config/diff">["changes"][number];
/** The caller as ratd sees it. */
export type Me = Answer<"GET /api/v1/me">;
/** Which credentials to ask for. */
export type CredentialsRequest = Body<"POST /api/v1/credentials">;
/** Temporary cloud credentials. */
export type Credentials = Answer<"POST /api/v1/credentials">;

/** One question to the enforcement slot. */
export interface AccessQuestion {
  readonly action: string;
  readonly resource_type: string;
  readonly resource_id: string;
}

/** The answer to an {@link AccessQuestion}. */
export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason: string;
}

/** How many items a list may have; default: all. */
export interface ListOptions {
  readonly limit?: number | undefined;
}

type Filter<Route extends keyof Routes> = Omit<NonNullable<Routes[Route]["query"]>, "limit" | "cursor">;

/** One namespace. */
export type Namespace = Answer<"GET /api/v1/namespaces/{namespace}">;
/** A namespace to make. */
export type NewNamespace = Body<"POST /api/v1/namespaces">;
/** A file of a namespace. */
export type NamespaceFile = Answer<"GET /api/v1/namespaces/{namespace}/files">["files"][number];
/** One pipeline of the list. */
export type Pipeline = Answer<"GET /api/v1/pipelines">["pipelines"][number];
/** One pipeline with its latest version. */
export type PipelineDetail = Answer<"GET /api/v1/pipelines/{namespace}/{layer}/{name}">;
/** A version of a pipeline. */
export type PipelineVersion = Answer<"GET /api/v1/pipelines/{namespace}/{layer}/{name}/versions/{version}">;
/** What differs between two versions. */
export type PipelineDiff = Answer<"GET /api/v1/pipelines/{namespace}/{layer}/{name}/diff">;
/** What a change would do. */
export type PipelinePlan = Extract<Answer<"POST /api/v1/pipelines">, { readonly dry_run: boolean }>;
/** One difference. */
export type Change = PipelineDiff["changes"][number];
/** Which pipelines to list; without a filter all of them. */
export type PipelineFilter = Filter<"GET /api/v1/pipelines">;
/** A pipeline to make. */
export type NewPipeline = Body<"POST /api/v1/pipelines">;
/** What a pipeline is to be from now on. */
export type PipelineChange = Body<"PUT /api/v1/pipelines/{namespace}/{layer}/{name}">;
/** One trigger. */
export type Trigger = Answer<"GET /api/v1/triggers/{id}">;
/** A trigger with what is shown once. */
export type TriggerSecrets = Answer<"POST /api/v1/triggers/{id}/rotate">;
/** Which triggers to list; without a filter all of them. */
export type TriggerFilter = Filter<"GET /api/v1/triggers">;
/** A trigger to make. */
export type NewTrigger = Body<"POST /api/v1/pipelines/{namespace}/{layer}/{name}/triggers">;
/** One run. */
export type Run = Answer<"POST /api/v1/runs">;
/** The states of a run. */
export type RunState = Run["state"];
/** One run with its ended attempts. */
export type RunDetail = Answer<"GET /api/v1/runs/{id}">;
/** A run to start. */
export type NewRun = Body<"POST /api/v1/runs">;
/** Which runs to list; without a filter all of them. */
export type RunFilter = Filter<"GET /api/v1/runs">;
/** What a run answered. */
export type RunResult = Answer<"GET /api/v1/runs/{id}/result">;
/** A page of output. */
export type RunLogs = Answer<"GET /api/v1/runs/{id}/logs">;
/** One line of output. */
export type RunLogLine = RunLogs["lines"][number];

/** Which page of output; default: the first 1,000 lines of the last attempt. */
export interface LogPage {
  readonly attempt?: number | undefined;
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

/** One record of the audit log. */
export type AuditRecord = Answer<"GET /api/v1/audit">["records"][number];
/** Which audit records; without a filter all of them. */
export type AuditFilter = Filter<"GET /api/v1/audit">;
/** The forms of an export. */
export type AuditExportFormat = "ndjson" | "csv";
/** What came of looking at the whole audit log. */
export type AuditVerification = Answer<"GET /api/v1/audit/verify">;
/** Something wrong in an audit log. */
export type AuditProblem = AuditVerification["problems"][number];
