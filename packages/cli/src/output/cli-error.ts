import type { ExitCode } from "./exit-codes.ts";

interface CliErrorKind {
  readonly exit: ExitCode;
  readonly title: string;
  /** What to do about it, one sentence. */
  readonly remedy: string;
}

/** Errors that `rat` finds by itself, beside the error codes of ratd. A closed list, explained like those. */
export const CLI_ERRORS = {
  bad_usage: {
    exit: 2,
    title: "The command line is wrong",
    remedy: "`rat <command> --help` shows arguments and options.",
  },
  unreachable: {
    exit: 3,
    title: "ratd cannot be reached",
    remedy: "Start ratd, or name its address with --addr or RAT_ADDR.",
  },
  unexpected_answer: {
    exit: 3,
    title: "The answer is not one of ratd",
    remedy: "Check the address; a proxy or another program may be there, or a ratd of another version.",
  },
  login_failed: {
    exit: 4,
    title: "Signing in failed",
    remedy: "Try `rat login` again, or use an API key: `rat login --api-key FILE`.",
  },
  login_not_offered: {
    exit: 6,
    title: "This ratd has no sign-in for people",
    remedy:
      "Use an API key: `rat login --api-key FILE`, or configure an auth plugin with an OpenID provider.",
  },
  provider_unreachable: {
    exit: 3,
    title: "The OpenID provider cannot be reached",
    remedy: "Check the provider, and the issuer in the configuration of the auth plugin.",
  },
  insecure_provider: {
    exit: 4,
    title: "The OpenID provider is not safe to talk to",
    remedy: "Give the provider TLS; plain http is for loopback only.",
  },
  contexts_unusable: {
    exit: 6,
    title: "The file of contexts cannot be used",
    remedy: "Correct it, or put it aside and sign in anew with `rat login`.",
  },
  context_unknown: {
    exit: 5,
    title: "There is no such context",
    remedy: "`rat context list` lists them; `rat context add` makes one.",
  },
  context_exists: {
    exit: 6,
    title: "There is a context of this name",
    remedy: "Choose another name, or remove it first: `rat context remove`.",
  },
  not_confirmed: {
    exit: 2,
    title: "Nobody confirmed it",
    remedy: "Answer y on a terminal, or give --yes.",
  },
  timed_out: {
    exit: 8,
    title: "Timed out",
    remedy: "`rat doctor` looks for the cause; --timeout gives it longer.",
  },
  interrupted: {
    exit: 130,
    title: "Interrupted",
    remedy: "Run the command again; nothing was undone.",
  },
  nothing_known: {
    exit: 5,
    title: "Nothing is known under this code",
    remedy: "`rat explain` lists everything that can be explained.",
  },
  cli_bug: {
    exit: 1,
    title: "rat failed",
    remedy: "Report it with the output of the same command under --debug.",
  },
} as const satisfies Record<string, CliErrorKind>;

/** A code of {@link CLI_ERRORS}. */
export type CliErrorCode = keyof typeof CLI_ERRORS;

/** An error that `rat` finds by itself. `message` is the detail for people. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  /** What to do, when that is more than the remedy of the code. */
  readonly steps: readonly string[];

  constructor(
    code: CliErrorCode,
    detail: string,
    facts: { steps?: readonly string[]; cause?: unknown } = {},
  ) {
    super(detail, { cause: facts.cause });
    this.code = code;
    this.steps = facts.steps ?? [];
  }
}
