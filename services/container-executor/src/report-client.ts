/** Which run reports, and the proof that it may. */
export interface ReportAddress {
  readonly epoch: bigint;
  /** Secret: never logged. */
  readonly token: string;
  /** Base URL of ratd's RunnerReportService; empty means that ratd only polls. */
  readonly reportUrl: string;
}

/** A refusal that asking again does not change. */
export class ReportRefused extends Error {
  override readonly name = "ReportRefused";
}

const FOR_GOOD: ReadonlySet<unknown> = new Set([
  "unauthenticated",
  "permission_denied",
  "failed_precondition",
  "invalid_argument",
  "not_found",
  "unimplemented",
]);
const TIMEOUT_MS = 10_000;
const SERVICE = "rat.runner.v1.RunnerReportService";

/**
 * Calls ratd's RunnerReportService: Connect with JSON.
 *
 * @throws ReportRefused, or another error when it may work later.
 */
export async function report(
  url: string,
  method: "ReportStatus" | "ReportLogs" | "ReportHeartbeat",
  body: object,
  signal: AbortSignal,
): Promise<unknown> {
  const answer = await fetch(new URL(`/${SERVICE}/${method}`, url), {
    method: "POST",
    headers: { "content-type": "application/json", "connect-protocol-version": "1" },
    body: JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  if (answer.ok) return answer.json();
  const problem: unknown = await answer.json().catch(() => undefined);
  const code =
    typeof problem === "object" && problem !== null && "code" in problem ? problem.code : undefined;
  const message = `${method} answered ${typeof code === "string" ? code : answer.status}`;
  throw FOR_GOOD.has(code) ? new ReportRefused(message) : new Error(message);
}
