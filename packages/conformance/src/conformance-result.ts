import type { Level, ViolationDetails } from "./conformance-case.ts";
import type { Wire } from "./wires.ts";

/** What came of a case. `known_fail` marks a failure on a wire that is recorded but not required. */
export type CaseStatus = "pass" | "fail" | "skip" | "known_fail" | "not_applicable";

/** What came of one case on one wire. */
export interface CaseResult {
  readonly name: string;
  readonly level: Level;
  readonly wire: Wire;
  readonly status: CaseStatus;
  /** Why the status is not `pass`; empty otherwise. */
  readonly reason: string;
  /** For failures that broke the contract. */
  readonly violation?: ViolationDetails;
  readonly durationMs: number;
}

/** What came of a run. */
export interface ConformanceResult {
  readonly slot: string;
  readonly address: string;
  /** False when the plugin could not be reached, at first or later; `cases` holds what was known until then. */
  readonly reachable: boolean;
  /** True when the plugin was reached and no required case failed. */
  readonly passed: boolean;
  readonly counts: Readonly<Record<CaseStatus, number>>;
  readonly cases: readonly CaseResult[];
}

/** Counts results by status. */
export function countCases(cases: readonly CaseResult[]): Record<CaseStatus, number> {
  const counts = { pass: 0, fail: 0, skip: 0, known_fail: 0, not_applicable: 0 };
  for (const { status } of cases) counts[status] += 1;
  return counts;
}
