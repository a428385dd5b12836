import type { Terminal } from "../../input/terminal.ts";
import { CliError } from "../../output/cli-error.ts";
import { askProvider, unreachable } from "./provider-http.ts";

/** Where a provider takes what. */
export interface ProviderEndpoints {
  readonly token: string;
  /** Undefined for a provider without the device flow. */
  readonly device: string | undefined;
  /** Undefined for a provider that takes nothing back. */
  readonly revocation: string | undefined;
}

/** Reads the discovery document of an issuer. @throws CliError insecure_provider; provider_unreachable */
export async function discover(issuer: string, terminal: Terminal): Promise<ProviderEndpoints> {
  const url = `${secured(issuer, "the issuer").replace(/\/+$/u, "")}/.well-known/openid-configuration`;
  const { status, body } = await askProvider(url, undefined, terminal);
  if (status !== 200) throw unreachable(url, `the discovery document is answered with ${status}`);
  if (body["issuer"] !== issuer) throw unreachable(url, `the discovery document is not that of ${issuer}`);
  const token = endpoint(body, "token_endpoint");
  if (token === undefined) throw unreachable(url, "the discovery document names no token endpoint");
  return {
    token,
    device: endpoint(body, "device_authorization_endpoint"),
    revocation: endpoint(body, "revocation_endpoint"),
  };
}

function endpoint(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = body[name];
  return typeof value === "string" ? secured(value, name) : undefined;
}

/** An address that nobody on the way can read along: https, or this machine. */
function secured(text: string, what: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const local = url !== undefined && /^(?:127(?:\.\d+){3}|localhost|\[::1\])$/u.test(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && local)) return text;
  throw new CliError("insecure_provider", `${what} of the provider is ${text}, which is not https`);
}
