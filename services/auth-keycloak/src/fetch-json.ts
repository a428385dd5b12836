import { ProviderError } from "./provider-error.ts";
import type { Timer } from "./timer.ts";

/** The largest document of a provider, in bytes. Real ones have a few KiB. */
const MAX_BYTES = 1024 * 1024;

/** One question to the provider. */
export interface JsonRequest {
  readonly url: string;
  readonly timeoutMs: number;
  readonly after: Timer;
  /** Ends the question with the plugin. */
  readonly signal: AbortSignal;
  /** A form to post; without it the document is got. */
  readonly form?: { readonly body: URLSearchParams; readonly authorization: string };
}

/**
 * Asks the provider for a JSON document: no redirect is followed, and time and size are bounded.
 *
 * @throws ProviderError that says in one phrase what went wrong, and holds nothing of request or answer.
 */
export async function fetchJson(request: JsonRequest): Promise<unknown> {
  const { url, timeoutMs, after, signal, form } = request;
  const ended = new AbortController();
  const cancel = after(timeoutMs, () => ended.abort());
  let text: string;
  try {
    const response = await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.any([signal, ended.signal]),
      headers: {
        accept: "application/json",
        ...(form === undefined ? {} : { authorization: form.authorization }),
      },
      ...(form === undefined ? {} : { method: "POST", body: form.body }),
    });
    text = await textOf(response);
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    const why = ended.signal.aborted ? `no answer within ${timeoutMs} ms` : connectionProblem(error);
    throw new ProviderError(why, { cause: error });
  } finally {
    cancel();
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ProviderError("the answer is not JSON");
  }
}

async function textOf(response: Response): Promise<string> {
  const { status, body } = response;
  if (status !== 200) {
    await body?.cancel();
    throw new ProviderError(
      status >= 300 && status < 400
        ? `the answer is a redirect (${status}), which is not followed`
        : `the answer is ${status}`,
    );
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (size > MAX_BYTES) throw new ProviderError("the answer has more than 1 MiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  UND_ERR_SOCKET: "the connection closed",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name cannot be resolved now",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
};

function connectionProblem(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (/CERT|SIGNATURE|ISSUER/.test(code)) {
    return `the certificate is not trusted (${code}); NODE_EXTRA_CA_CERTS adds an authority`;
  }
  return PROBLEMS[code] ?? (code === "" ? "the request failed" : `the request failed (${code})`);
}
