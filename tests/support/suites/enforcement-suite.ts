import { EnforcementService } from "@rat/contracts/enforcement";
import { expect } from "vitest";
import type { Decision, Identity } from "../../../services/ratd/src/slots/auth/auth.ts";
import type {
  AccessCheck,
  EnforcementPort,
} from "../../../services/ratd/src/slots/enforcement/enforcement.ts";
import { checkDate, checkMaxAge, checkText } from "./answer-checks.ts";
import { portCases, runCases, type Implementation, type PortCalls, type PortCase } from "./port-suite.ts";

const { canAccess, batchCanAccess, explain, watchInvalidations } = EnforcementService.method;

/** Who asks, and for what. */
export const ALICE: Identity = { userId: "alice", email: "", roles: ["engineer"] };
export const READ: AccessCheck = {
  action: "read",
  resourceType: "pipeline",
  resourceId: "orders",
  ownerId: "bob",
  ancestors: [{ resourceType: "namespace", resourceId: "sales", ownerId: "" }],
};
/** Two checks, of which a plugin allows the first. */
const CHECKS: readonly AccessCheck[] = [READ, { ...READ, action: "delete" }];

const ENFORCEMENT_CALLS: PortCalls<EnforcementPort> = {
  canAccess: {
    rpc: canAccess,
    ask: (port, context) => port.canAccess(ALICE, READ, context),
    check: checkDecision,
    // Who says nothing allows nothing.
    mishaps: { empty: { answer: { allowed: false, reason: "", maxAgeMs: undefined } } },
    replies: {
      "a time below zero": [
        { allowed: true, maxAgeMs: -5 },
        { answer: { allowed: true, reason: "", maxAgeMs: 0 } },
      ],
    },
  },
  canAccessAll: {
    rpc: batchCanAccess,
    ask: (port, context) => port.canAccessAll(ALICE, CHECKS, context),
    check(decisions) {
      expect(decisions).toHaveLength(CHECKS.length);
      for (const decision of decisions) checkDecision(decision);
    },
    mishaps: { empty: { refused: "plugin_malformed" } },
    replies: {
      "too few decisions": [{ results: [{ allowed: true }] }, { refused: "plugin_malformed" }],
      "too many decisions": [
        { results: [{ allowed: true }, { allowed: true }, { allowed: true }] },
        { refused: "plugin_malformed" },
      ],
    },
  },
  explain: {
    rpc: explain,
    ask: (port, context) => port.explain(ALICE, READ, context),
    check({ paths = [], ...decision }) {
      checkDecision(decision);
      for (const { expiresAt, sufficient: _, ...texts } of paths) {
        checkDate(expiresAt);
        for (const text of Object.values(texts)) checkText(text);
      }
    },
    mishaps: { empty: { answer: { allowed: false, reason: "", paths: [] } } },
  },
  watchInvalidations: {
    rpc: watchInvalidations,
    ask: (port, context) => Array.fromAsync(port.watchInvalidations(context)),
    check: (revisions) => expect(revisions.every((revision) => typeof revision === "string")).toBe(true),
    mishaps: { empty: { answer: [] } },
    endless: true,
  },
};

function checkDecision({ reason, maxAgeMs }: Decision): void {
  checkText(reason);
  checkMaxAge(maxAgeMs);
}

/** What every enforcement slot promises. */
export function enforcementCases(implementation: Implementation<EnforcementPort>): readonly PortCase[] {
  return portCases(ENFORCEMENT_CALLS, implementation);
}

/** Tests an implementation of the enforcement slot. */
export function enforcementSuite(name: string, implementation: Implementation<EnforcementPort>): void {
  runCases(name, "enforcement", enforcementCases(implementation));
}
