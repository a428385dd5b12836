import type { Terminal } from "../../input/terminal.ts";
import { CliError } from "../../output/cli-error.ts";

/** Limit of one request to a provider. */
const TIMEOUT_MS = 10_000;

/** What a provider answered. */
export interface ProviderAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Fetches JSON from a provider, or sends it a form. @throws CliError provider_unreachable, or that of an interrupt */
export async function askProvider(
  url: string,
  form: Readonly<Record<string, string | undefined>> | undefined,
  terminal: Terminal,
): Promise<ProviderAnswer> {
  try {
    const response = await fetch(url, {
      redirect: "error",
      headers: { accept: "application/json" },
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), terminal.interrupted]),
      ...(form === undefined ? {} : { method: "POST", body: formOf(form) }),
    });
    const text = await response.text();
    return { status: response.status, body: parse(text, url, response.status) };
  } catch (cause) {
    terminal.interrupted.throwIfAborted();
    if (cause instanceof CliError) throw cause;
    throw unreachable(url, reasonOf(cause));
  }
}

/** The error for a provider that does not answer as one. */
export function unreachable(url: string, reason: string): CliError {
  return new CliError("provider_unreachable", `${new URL(url).origin}: ${reason}`);
}

function formOf(form: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [key, value] of Object.entries(form)) if (value !== undefined) fields.set(key, value);
  return fields;
}

function parse(text: string, url: string, status: number): ProviderAnswer["body"] {
  // Nothing of an answer is quoted: it may hold tokens.
  const wrong = (): CliError => unreachable(url, `the answer, ${status}, is none of an OpenID provider`);
  if (text === "" && status < 300) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong();
  return value as ProviderAnswer["body"];
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "no answer";
  if (cause.name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1_000}s`;
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  return cause.cause instanceof Error ? reasonOf(cause.cause) : cause.message;
}
