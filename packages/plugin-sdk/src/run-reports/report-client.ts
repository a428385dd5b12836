import { createClient, Code, ConnectError, type Client } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { RunnerReportService } from "@rat/contracts/runner";

/** Limits of one call. */
const TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 1_048_576;

/** ratd's report service. */
export type ReportClient = Client<typeof RunnerReportService>;

/** What a failed report means. */
export type ReportFailure =
  /** This epoch's reports are not wanted any more. */
  | "refused"
  /** ratd is away or busy: try again. */
  | "away";

/** Opens ratd's report service at `url`. */
export function openReportClient(url: string): ReportClient {
  return createClient(
    RunnerReportService,
    createConnectTransport({
      baseUrl: url,
      httpVersion: "1.1",
      defaultTimeoutMs: TIMEOUT_MS,
      readMaxBytes: MAX_ANSWER_BYTES,
    }),
  );
}

const REFUSALS: ReadonlySet<Code> = new Set([
  Code.FailedPrecondition,
  Code.Unauthenticated,
  Code.PermissionDenied,
  Code.NotFound,
  Code.InvalidArgument,
  Code.Unimplemented,
]);

/** Tells a report that is not wanted from one that did not arrive. */
export function reportFailure(reason: unknown): ReportFailure {
  return REFUSALS.has(ConnectError.from(reason).code) ? "refused" : "away";
}
