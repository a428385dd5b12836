import type { CaseResult, ConformanceResult } from "../conformance-result.ts";

/** One result as lines for a terminal. A failure shows the exchange and how to see it again. */
export function formatCase(result: CaseResult): string {
  const head = `${result.status.padEnd(14)} ${result.wire.padEnd(5)} ${result.name}`;
  const lines = [result.reason === "" ? head : `${head}: ${result.reason}`];
  if (result.violation !== undefined) {
    const { sent, expected, got, replay } = result.violation;
    lines.push(
      `  sent      ${sent}`,
      `  expected  ${expected}`,
      `  got       ${got}`,
      `  replay    ${replay}`,
    );
  }
  return lines.join("\n");
}

/** The last line of a run. */
export function formatSummary(result: ConformanceResult): string {
  const { counts } = result;
  const parts = Object.entries(counts).filter(([status, count]) => count > 0 || status === "pass");
  const said = parts.map(([status, count]) => `${count} ${status}`).join(", ");
  if (!result.reachable) return `RAT ${result.slot} v1 at ${result.address}: cannot be reached (${said})`;
  return `RAT ${result.slot} v1 at ${result.address}: ${result.passed ? "conforms" : "does not conform"} (${said})`;
}
