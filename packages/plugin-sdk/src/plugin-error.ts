import { Code, ConnectError } from "@connectrpc/connect";

/** What each error code of a plugin means on the wire. The keys are the closed list of codes. */
export const PLUGIN_ERROR_CODES = {
  canceled: Code.Canceled,
  invalid_argument: Code.InvalidArgument,
  deadline_exceeded: Code.DeadlineExceeded,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  permission_denied: Code.PermissionDenied,
  resource_exhausted: Code.ResourceExhausted,
  failed_precondition: Code.FailedPrecondition,
  unimplemented: Code.Unimplemented,
  internal: Code.Internal,
  unavailable: Code.Unavailable,
  unauthenticated: Code.Unauthenticated,
} as const;

/** One code of {@link PLUGIN_ERROR_CODES}. */
export type PluginErrorCode = keyof typeof PLUGIN_ERROR_CODES;

/**
 * The error that a handler throws to answer with a code and a message. The message travels to the caller;
 * `cause` stays in the plugin's log.
 */
export class PluginError extends Error {
  override readonly name = "PluginError";
  readonly code: PluginErrorCode;

  constructor(code: PluginErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The same error as the wire carries it. */
  toWire(): ConnectError {
    return new ConnectError(this.message, PLUGIN_ERROR_CODES[this.code]);
  }
}
