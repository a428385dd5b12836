export type { JsonObject, JsonValue } from "@bufbuild/protobuf";
export { Type, type Static, type TSchema } from "typebox";
export { definePlugin, type NoConfig, type PluginBasics, type PluginDefinition } from "./define-plugin.ts";
export type { Health, HealthReading, HealthStatus } from "./health-reporter.ts";
export type { TlsFiles } from "./one-port-server.ts";
export type { LifecycleContext, PluginContext } from "./plugin-context.ts";
export { PLUGIN_ERROR_CODES, PluginError, type PluginErrorCode } from "./plugin-error.ts";
export { createPluginLog, type PluginLog, type PluginLogLevel } from "./plugin-log.ts";
export { RunReporter, type RunReporterOptions } from "./run-reports/run-reporter.ts";
export type { RunBinding, RunReports } from "./run-reports/run-reports.ts";
export { safeEqual } from "./safe-equal.ts";
export { SecretMap } from "./secret-map.ts";
export { secret } from "./secret.ts";
export { PluginStartError, type ServeOptions } from "./serve-options.ts";
export { servePlugin, type ServedPlugin } from "./serve-plugin.ts";
export type {
  AuthenticateInput,
  AuthHandlers,
  AuthorizeInput,
  AuthorizeResult,
  Identity,
  LoginOptions,
} from "./slots/auth/handlers.ts";
export type {
  CloudHandlers,
  CloudScope,
  Credentials,
  CredentialsInput,
  LeasedCredentials,
} from "./slots/cloud/handlers.ts";
export type {
  AccessCheck,
  AccessDecision,
  AccessExplanation,
  AccessPath,
  EnforcementHandlers,
  OwnedResource,
} from "./slots/enforcement/handlers.ts";
export type {
  ExecutorHandlers,
  LogLine,
  PipelineLayer,
  RunReport,
  RunState,
  RunSummary,
  SubmitInput,
} from "./slots/executor/handlers.ts";
export type {
  Grant,
  GranteeAccessInput,
  GranteeKind,
  GrantPage,
  ListAccessInput,
  SharedResource,
  ShareInput,
  SharePermission,
  SharingHandlers,
  TransferInput,
} from "./slots/sharing/handlers.ts";
export {
  sharingClient,
  type SharingClient,
  type SharingClientOptions,
} from "./slots/sharing/sharing-client.ts";
export type { Slot, SlotHandlers, SlotServices } from "./slots/slot-binding.ts";
/** What tests of a cloud plugin ask for. */
export { CloudAccess } from "@rat/contracts/cloud";
export { testPlugin, type TestedPlugin, type TestPluginOptions } from "./test-plugin.ts";
