import { ProviderError } from "./provider-error.ts";
import { urlProblem } from "./provider-url.ts";

/** What we use of a provider's discovery document. */
export interface Discovery {
  readonly jwksUri: string;
  readonly introspectionEndpoint: string | undefined;
}

/** What a discovery document must say. */
interface Expected {
  readonly issuer: string;
  readonly base: string;
  readonly allowHttp: boolean;
}

/** Where the discovery document of a provider lies, which is reached at `base`. */
export function discoveryUrl(base: string): string {
  return `${base.replace(/\/$/, "")}/.well-known/openid-configuration`;
}

/** Reads a discovery document. @throws ProviderError that names the faulty field. */
export function parseDiscovery(document: unknown, expected: Expected): Discovery {
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new ProviderError("the discovery document is not a JSON object");
  }
  const fields: Readonly<Record<string, unknown>> = { ...document };
  if (fields.issuer !== expected.issuer) {
    const said = typeof fields.issuer === "string" ? JSON.stringify(fields.issuer.slice(0, 256)) : "none";
    throw new ProviderError(`the discovery document says another issuer (${said}); it must be the same text`);
  }
  const jwksUri = endpoint(fields, "jwks_uri", expected);
  if (jwksUri === undefined) throw new ProviderError("the discovery document has no jwks_uri");
  return { jwksUri, introspectionEndpoint: endpoint(fields, "introspection_endpoint", expected) };
}

function endpoint(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  { base, allowHttp }: Expected,
): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new ProviderError(`${name} of the discovery document is not a text`);
  const problem = urlProblem(value, { allowHttp });
  if (problem !== undefined) throw new ProviderError(`${name} of the discovery document ${problem}`);
  // A provider behind TLS has no reason to lead us to a place without, least of all on our own host.
  if (base.startsWith("https:") && !value.startsWith("https:")) {
    throw new ProviderError(`${name} of the discovery document must be an https URL, as the provider's is`);
  }
  return value;
}
