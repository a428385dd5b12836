export { refusedRange } from "./address-ranges.ts";
export { checkDestination, type Destination, type HostAddress, type Resolve } from "./check-destination.ts";
export { EgressError, type EgressProblem } from "./egress-error.ts";
export type { EgressPolicy } from "./egress-policy.ts";
export { guardedFetch, type EgressCaps, type GuardedAnswer, type GuardedRequest } from "./guarded-fetch.ts";
