/** Why a door stayed closed, in one word. */
export type EgressProblem =
  | "protocol_refused"
  | "credentials_in_url"
  | "host_not_listed"
  | "host_unknown"
  | "address_refused"
  | "redirected"
  | "too_large"
  | "too_slow"
  | "unreachable";

/** An address that was not asked, or did not answer as it must. The message names host, address and remedy. */
export class EgressError extends Error {
  override readonly name = "EgressError";
  readonly problem: EgressProblem;

  constructor(problem: EgressProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}
