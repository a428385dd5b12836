import { AuthService } from "@rat/contracts/auth";
import { CloudService } from "@rat/contracts/cloud";
import { EnforcementService } from "@rat/contracts/enforcement";
import { ExecutorService } from "@rat/contracts/executor";
import { SharingService } from "@rat/contracts/sharing";
import type { ConformanceCase } from "../conformance-case.ts";
import { authSuite } from "./auth.ts";
import { cloudSuite } from "./cloud.ts";
import { enforcementSuite } from "./enforcement.ts";
import { executorSuite } from "./executor.ts";
import { healthSuite } from "./health.ts";
import { robustSuite } from "./robust.ts";
import { sharingSuite } from "./sharing.ts";

/** The cases of each slot, in the order in which they run: core, slot, robust. */
export const suites = {
  auth: [...healthSuite("rat.auth.v1", AuthService.method.authenticate), ...authSuite, ...robustSuite],
  executor: [
    ...healthSuite("rat.executor.v1", ExecutorService.method.submit),
    ...executorSuite,
    ...robustSuite,
  ],
  sharing: [
    ...healthSuite("rat.sharing.v1", SharingService.method.shareResource),
    ...sharingSuite,
    ...robustSuite,
  ],
  enforcement: [
    ...healthSuite("rat.enforcement.v1", EnforcementService.method.canAccess),
    ...enforcementSuite,
    ...robustSuite,
  ],
  cloud: [...healthSuite("rat.cloud.v1", CloudService.method.getCredentials), ...cloudSuite, ...robustSuite],
} as const satisfies Readonly<Record<string, readonly ConformanceCase[]>>;

/** A slot that has a suite. */
export type ConformanceSlot = keyof typeof suites;
