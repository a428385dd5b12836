import { Code } from "@connectrpc/connect";

/** What every error code means: one row here is the whole truth about a code. */
interface ErrorKind {
  /** HTTP status of the problem document. */
  readonly status: number;
  /** The Connect code on RPCs that ratd serves. */
  readonly connect: Code;
  /** Short and constant, the `title` of the problem document. */
  readonly title: string;
  /** What to do about it, one sentence. */
  readonly remedy: string;
}

/** The closed list of error codes. A code never changes its meaning; docs and `rat explain` are made from it. */
export const ERROR_KINDS = {
  // Requests
  bad_request: {
    status: 400,
    connect: Code.InvalidArgument,
    title: "The request is malformed",
    remedy: "Correct the request as the detail says; /docs describes every route.",
  },
  unauthenticated: {
    status: 401,
    connect: Code.Unauthenticated,
    title: "Not signed in",
    remedy: "Send a valid token as `Authorization: Bearer <token>` (for the CLI: `rat login`).",
  },
  permission_denied: {
    status: 403,
    connect: Code.PermissionDenied,
    title: "Not allowed",
    remedy: "Ask the owner of the resource to share it, or sign in as a user who may.",
  },
  scope_missing: {
    status: 403,
    connect: Code.PermissionDenied,
    title: "A scope is missing",
    remedy:
      "Use an API key with the scope named, or have `role_permissions` in rat.yaml give it to a role of yours.",
  },
  identity_required: {
    status: 403,
    connect: Code.PermissionDenied,
    title: "This needs an identified user",
    remedy: "Configure the auth slot and sign in; an anonymous caller never gets this.",
  },
  not_found: {
    status: 404,
    connect: Code.NotFound,
    title: "Not found",
    remedy: "Check the path and the id; /docs lists every route.",
  },
  method_not_allowed: {
    status: 405,
    connect: Code.Unimplemented,
    title: "Method not allowed",
    remedy: "Use one of the methods in the Allow header.",
  },
  conflict: {
    status: 409,
    connect: Code.FailedPrecondition,
    title: "The present state does not allow this",
    remedy: "Read the resource again and decide on its present state.",
  },
  idempotency_mismatch: {
    status: 422,
    connect: Code.FailedPrecondition,
    title: "The Idempotency-Key belongs to another request",
    remedy: "Send a new Idempotency-Key for a new request; repeat a key only with the same body.",
  },
  precondition_failed: {
    status: 412,
    connect: Code.FailedPrecondition,
    title: "The resource has changed in the meantime",
    remedy: "Read the resource again and send the change with the new ETag as If-Match.",
  },
  payload_too_large: {
    status: 413,
    connect: Code.ResourceExhausted,
    title: "The request body is too large",
    remedy: "Send less, or raise `limits.body` (for files `runs.upload_limit`) in rat.yaml.",
  },
  headers_too_large: {
    status: 431,
    connect: Code.ResourceExhausted,
    title: "The request headers are too large",
    remedy: "Send fewer and shorter headers: cookies and tokens are the usual ones.",
  },
  request_timeout: {
    status: 408,
    connect: Code.DeadlineExceeded,
    title: "The request did not arrive in time",
    remedy: "Send the request at once; for large files over slow lines raise `limits.request` in rat.yaml.",
  },
  unsupported_media_type: {
    status: 415,
    connect: Code.InvalidArgument,
    title: "Unsupported media type",
    remedy: "Send `Content-Type: application/json`.",
  },
  validation_failed: {
    status: 422,
    connect: Code.InvalidArgument,
    title: "The request breaks the schema",
    remedy: "Correct the fields that `violations` names.",
  },
  rate_limited: {
    status: 429,
    connect: Code.ResourceExhausted,
    title: "Too many requests",
    remedy: "Wait for as long as Retry-After says.",
  },
  internal: {
    status: 500,
    connect: Code.Internal,
    title: "Internal error",
    remedy: "Report it with the request id; the log of ratd holds the cause.",
  },
  // Slots and plugins
  not_available: {
    status: 501,
    connect: Code.Unimplemented,
    title: "Not available without a plugin",
    remedy: "Configure a plugin for this slot in rat.yaml.",
  },
  provider_not_supported: {
    status: 501,
    connect: Code.Unimplemented,
    title: "The plugin does not serve this provider",
    remedy: "Ask for a provider that the cloud plugin serves.",
  },
  plugin_error: {
    status: 502,
    connect: Code.Unknown,
    title: "The plugin answered with an error",
    remedy: "Read the plugin's log; `rat plugin show <name>` shows its health.",
  },
  plugin_malformed: {
    status: 502,
    connect: Code.DataLoss,
    title: "The plugin's answer breaks the contract",
    remedy: "Run `rat-conformance <slot> --address <url>` against the plugin.",
  },
  slot_denying: {
    status: 503,
    connect: Code.Unavailable,
    title: "The slot's plugin is down and the slot is set to deny",
    remedy: "Bring the plugin back; `rat slots show <slot>` says why it is down.",
  },
  auth_fallback: {
    status: 503,
    connect: Code.Unavailable,
    title: "Refused while the auth slot is in fallback",
    remedy: "Bring the auth plugin back; credentials are never given to an unidentified caller.",
  },
  auth_unavailable: {
    status: 503,
    connect: Code.Unavailable,
    title: "The auth plugin cannot be asked",
    remedy: "Retry; `rat plugin show <name>` says what the last health check of the auth plugin found.",
  },
  plugin_unavailable: {
    status: 503,
    connect: Code.Unavailable,
    title: "The plugin cannot be reached",
    remedy: "Retry; `rat plugin show <name>` says what the last health check found.",
  },
  executor_unavailable: {
    status: 503,
    connect: Code.Unavailable,
    title: "No executor takes runs",
    remedy: "Configure an executor plugin in rat.yaml, or bring the configured one back.",
  },
  audit_unavailable: {
    status: 503,
    connect: Code.Unavailable,
    title: "The audit record cannot be written",
    remedy: "Bring the database back, or free space; what must be recorded is not done without its record.",
  },
  draining: {
    status: 503,
    connect: Code.Unavailable,
    title: "ratd is shutting down",
    remedy: "Retry; another instance or the restarted one will answer.",
  },
  plugin_timeout: {
    status: 504,
    connect: Code.DeadlineExceeded,
    title: "The plugin did not answer in time",
    remedy: "Look for what slows the plugin down, or raise `timeout.rpc` of the slot in rat.yaml.",
  },
  // Start
  config_not_found: {
    status: 500,
    connect: Code.NotFound,
    title: "The configuration file cannot be read",
    remedy: "Name an existing, readable file with --config or RAT_CONFIG.",
  },
  config_invalid: {
    status: 500,
    connect: Code.InvalidArgument,
    title: "The configuration is wrong",
    remedy: "Correct the places named; `ratd --check-config` checks without starting.",
  },
  reload_refused: {
    status: 409,
    connect: Code.FailedPrecondition,
    title: "The changed configuration was refused",
    remedy: "Correct what the detail names and reload again; the configuration before stays in force.",
  },
  data_directory_unusable: {
    status: 500,
    connect: Code.FailedPrecondition,
    title: "The data directory cannot be used",
    remedy: "Give ratd a directory that it may write, with RAT_DATA_DIR.",
  },
  data_directory_locked: {
    status: 500,
    connect: Code.FailedPrecondition,
    title: "Another process uses the data directory",
    remedy: "Stop the process named, or give this ratd a directory of its own with RAT_DATA_DIR.",
  },
  disk_full: {
    status: 507,
    connect: Code.ResourceExhausted,
    title: "The disk is full",
    remedy: "Free space on the disk that holds the data directory.",
  },
  address_in_use: {
    status: 500,
    connect: Code.FailedPrecondition,
    title: "The listen address is in use",
    remedy: "Stop the other process, or choose another address with `listen` in rat.yaml or RAT_LISTEN.",
  },
  address_unusable: {
    status: 500,
    connect: Code.FailedPrecondition,
    title: "The listen address cannot be used",
    remedy: "Choose an address of this machine and a port that this user may open.",
  },
  database_start_failed: {
    status: 500,
    connect: Code.Internal,
    title: "The embedded PostgreSQL did not start",
    remedy: "Read the log lines given, or name a PostgreSQL of yours with DATABASE_URL.",
  },
  database_unavailable: {
    status: 503,
    connect: Code.Unavailable,
    title: "The database cannot be reached",
    remedy: "Bring PostgreSQL back; ratd reconnects by itself and catches up.",
  },
} as const satisfies Record<string, ErrorKind>;

/** A code of the closed list. */
export type ErrorCode = keyof typeof ERROR_KINDS;

/** Further facts of one error; all of them may be shown to the caller. */
export interface ErrorFacts {
  /** The error behind it. Logged, never sent. */
  readonly cause?: unknown;
  /** Seconds after which a retry makes sense, sent as Retry-After. At least 1. */
  readonly retryAfterSeconds?: number;
  /** The rejected parts of the input, as JSON pointers. */
  readonly violations?: readonly Violation[];
  /** How many there are, where `violations` holds only the first of them. */
  readonly violationCount?: number;
}

/** One rejected part of an input. */
export interface Violation {
  /** JSON pointer into the input, for example `/provider`. */
  readonly pointer: string;
  readonly message: string;
}

/** The first of many problems as violations, and how many there are: the rest is not even put into words. */
export function firstViolations<Problem>(
  problems: readonly Problem[],
  explain: (problem: Problem) => Violation,
): Required<Pick<ErrorFacts, "violations" | "violationCount">> {
  return { violations: problems.slice(0, MOST_VIOLATIONS).map(explain), violationCount: problems.length };
}

/** Violations that one error names; who has more corrects these first. */
const MOST_VIOLATIONS = 20;

/**
 * The one error class of ratd. `message` is the detail for people: it names the thing (slot, plugin,
 * address, file) and holds no secrets, since it is sent to callers.
 */
export class RatError extends Error {
  override readonly name = "RatError";
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number | undefined;
  /** At most twenty. */
  readonly violations: readonly Violation[] | undefined;
  /** How many more there are. */
  readonly moreViolations: number;

  constructor(code: ErrorCode, detail: string, facts: ErrorFacts = {}) {
    super(detail, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.violations = facts.violations?.slice(0, MOST_VIOLATIONS);
    this.moreViolations = Math.max(
      0,
      (facts.violationCount ?? facts.violations?.length ?? 0) - MOST_VIOLATIONS,
    );
  }

  get kind(): ErrorKind {
    return ERROR_KINDS[this.code];
  }

  /** Normalises anything thrown; what is not ours becomes `internal`, its text kept in `cause` only. */
  static from(error: unknown): RatError {
    if (error instanceof RatError) return error;
    return new RatError("internal", "ratd failed to handle this.", { cause: error });
  }
}

/** The `code` of a Node.js system error such as ECONNREFUSED; undefined for other errors. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
