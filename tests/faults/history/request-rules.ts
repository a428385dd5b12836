import type { History } from "./history.ts";
import type { Violation } from "./violation.ts";

const FINAL: ReadonlySet<string> = new Set(["success", "failed", "cancelled"]);

/** What was promised to clients: each key is one run, and each run comes to its end. */
export function checkRequests({ acknowledged, runs, requests }: History): readonly Violation[] {
  const violations: Violation[] = [];
  const stateOf = new Map(runs.map(({ id, state }) => [id, state]));
  for (const { key, run } of acknowledged) {
    if (stateOf.has(run)) continue;
    violations.push({ rule: "lost", of: run, detail: `acknowledged for the key ${key}, and not there` });
  }
  for (const { id, state } of runs) {
    if (!FINAL.has(state)) violations.push({ rule: "lost", of: id, detail: `still ${state}` });
  }
  // What clients were told and what is kept: both must name the same one run.
  const runsOfKey = Map.groupBy([...acknowledged, ...requests], ({ key }) => key);
  for (const [key, answers] of runsOfKey) {
    const ids = new Set(answers.map(({ run }) => run));
    if (ids.size < 2) continue;
    violations.push({ rule: "two runs for a key", of: key, detail: [...ids].join(", ") });
  }
  const asked = new Set(requests.map(({ run }) => run));
  for (const { id } of runs) {
    if (asked.has(id)) continue;
    violations.push({ rule: "two runs for a key", of: id, detail: "no request made it" });
  }
  return violations;
}
