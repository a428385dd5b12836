import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { AuthService } from "./auth.ts";
import { CloudService } from "./cloud.ts";
import { EnforcementService } from "./enforcement.ts";
import { ExecutorService } from "./executor.ts";
import { PluginService } from "./plugin.ts";
import { RunnerReportService } from "./runner.ts";
import { SharingService } from "./sharing.ts";

/**
 * What each RPC does, as its page says it. ratd sends one that reads again when a connection closed under it, so an RPC
 * that changes something, gives something away or costs something at a provider must never stand here as a reader.
 */
const READS = [
  [AuthService, ["Authenticate", "Authorize", "GetLoginOptions"], []],
  [CloudService, [], ["GetCredentials", "RenewCredentials", "RevokeCredentials"]],
  [EnforcementService, ["CanAccess", "BatchCanAccess", "Explain", "WatchInvalidations"], ["GetCredentials"]],
  [ExecutorService, ["GetRunStatus", "StreamLogs", "ListRuns"], ["Submit", "Cancel"]],
  [PluginService, ["HealthCheck", "Describe", "WatchHealth"], ["Configure"]],
  [RunnerReportService, [], ["ReportStatus", "ReportLogs", "ReportHeartbeat"]],
  [
    SharingService,
    ["ListAccess", "GetGrant", "ListGranteeAccess"],
    ["ShareResource", "RevokeAccess", "TransferOwnership", "ForgetResource"],
  ],
] as const;

test.each(READS)("$0.typeName marks the RPCs that only read, and no other", (service, reading, changing) => {
  const marked = service.methods.filter(
    ({ idempotency }) => idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
  );
  expect(new Set(marked.map(({ name }) => name))).toEqual(new Set(reading));
  // A new RPC has to be thought about here.
  expect(new Set(service.methods.map(({ name }) => name))).toEqual(new Set([...reading, ...changing]));
});
