/** What the exit code of `rat` means. Scripts may rely on it; a code never changes its meaning. */
export const EXIT_CODES = {
  0: "success; checks passed",
  1: "it ran and the result is negative (a check of doctor failed, ratd is degraded), or ratd failed internally",
  2: "bad usage, or ratd rejected the request as wrong",
  3: "ratd or the plugin cannot be reached, or does not take requests now",
  4: "not signed in, or forbidden",
  5: "not found",
  6: "conflict, or something must be configured first",
  8: "timed out",
  130: "interrupted",
} as const;

/** An exit code of `rat`. */
export type ExitCode = keyof typeof EXIT_CODES;

/** The exit code of an HTTP status that ratd answered; statuses that are not here give 1. */
export const EXIT_CODE_OF_STATUS: Readonly<Record<number, ExitCode>> = {
  400: 2,
  401: 4,
  403: 4,
  404: 5,
  405: 2,
  409: 6,
  412: 6,
  413: 2,
  415: 2,
  422: 2,
  429: 3,
  501: 6,
  502: 3,
  503: 3,
  504: 8,
};
