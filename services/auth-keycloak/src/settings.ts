import { PluginError, type LoginOptions } from "@rat/plugin-sdk";
import type { AudienceRule } from "./audience.ts";
import { parseClaimPath, type ClaimPath } from "./claim-path.ts";
import type { AuthConfig } from "./config.ts";
import { urlProblem } from "./provider-url.ts";

/** How the provider is asked. While these stay the same, what is known of it stays too. */
export interface ProviderSettings {
  /** The issuer, exactly as tokens say it. */
  readonly issuer: string;
  /** Where this plugin reaches it; mostly the issuer itself. */
  readonly base: string;
  /** The setting that `base` came from, for messages. */
  readonly setting: "issuer" | "keycloak_url";
  readonly algorithms: readonly string[];
  readonly allowHttp: boolean;
  readonly timeoutMs: number;
  readonly cooldownMs: number;
  readonly maxAgeMs: number;
  readonly maxStaleMs: number;
}

/** What a token must say. */
export interface TokenRules {
  readonly issuer: string;
  readonly audience: AudienceRule;
  readonly skewSeconds: number;
}

/** Where the parts of an identity stand in a token. */
export interface IdentityClaims {
  readonly user: ClaimPath;
  readonly email: ClaimPath;
  readonly roles: readonly ClaimPath[];
  /** Whether an address counts as proven when the token does not say. */
  readonly absentProves: boolean;
}

/** Which tokens the provider is asked about, and as whom. */
export interface IntrospectionSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Whether JSON Web Tokens are asked about too, after their signature was checked. */
  readonly always: boolean;
}

/** The configuration with every decision taken. */
export interface Settings {
  readonly provider: ProviderSettings;
  readonly rules: TokenRules;
  readonly claims: IdentityClaims;
  readonly introspection: IntrospectionSettings | undefined;
  readonly permissions: Readonly<Record<string, readonly string[]>>;
  readonly login: LoginOptions;
}

/** Takes the decisions that the schema cannot. @throws PluginError `invalid_argument` that names the field. */
export function resolveSettings(config: AuthConfig): Settings {
  const { client_id: clientId } = config;
  const { issuer, base, setting } = issuerOf(config);
  const loginClientId = config.login_client_id ?? clientId;
  return {
    provider: {
      issuer,
      base,
      setting,
      algorithms: config.algorithms,
      allowHttp: config.allow_http,
      timeoutMs: config.http_timeout_ms,
      cooldownMs: config.jwks_cooldown_seconds * 1000,
      maxAgeMs: config.jwks_max_age_seconds * 1000,
      maxStaleMs: config.jwks_max_stale_seconds * 1000,
    },
    rules: { issuer, audience: audienceOf(config, loginClientId), skewSeconds: config.clock_skew_seconds },
    claims: {
      user: parseClaimPath(config.user_claim, clientId),
      email: parseClaimPath(config.email_claim, clientId),
      roles: config.roles_claims.map((spec) => parseClaimPath(spec, clientId)),
      absentProves: config.email_verified_optional,
    },
    introspection: introspectionOf(config),
    permissions: config.permissions,
    login: {
      issuer,
      clientId: loginClientId,
      scopes: config.login_scopes,
      ...(config.login_resource === undefined ? {} : { resource: config.login_resource }),
    },
  };
}

function issuerOf(config: AuthConfig): Pick<ProviderSettings, "issuer" | "base" | "setting"> {
  const { issuer, keycloak_url: url, realm } = config;
  if (issuer !== undefined) requireUrl("issuer", issuer, config.allow_http);
  if (issuer !== undefined && url === undefined) {
    if (realm !== undefined) throw invalid("realm", "belongs to config.keycloak_url, not to config.issuer");
    return { issuer, base: issuer, setting: "issuer" };
  }
  if (url === undefined)
    throw invalid("keycloak_url", "is required, with config.realm; or set config.issuer");
  if (realm === undefined) throw invalid("realm", "is required with config.keycloak_url");
  requireUrl("keycloak_url", url, config.allow_http);
  const base = `${url.replace(/\/+$/, "")}/realms/${realm}`;
  // People reach Keycloak by another name than its neighbours do: the tokens then say that name.
  return { issuer: issuer ?? base, base, setting: "keycloak_url" };
}

function requireUrl(field: string, text: string, allowHttp: boolean): void {
  const problem = urlProblem(text, { allowHttp }) ?? (text.includes("?") ? "must hold no query" : undefined);
  if (problem !== undefined) throw invalid(field, problem);
}

function audienceOf(config: AuthConfig, loginClientId: string): AudienceRule {
  const { audience, client_id: clientId } = config;
  if (audience === undefined) return { kind: "own", clientId, issuedTo: [clientId, loginClientId] };
  return { kind: "named", audiences: typeof audience === "string" ? [audience] : audience };
}

function introspectionOf(config: AuthConfig): IntrospectionSettings | undefined {
  const { client_id: clientId, client_secret: clientSecret, introspection } = config;
  if (introspection === "never") return undefined;
  if (clientSecret !== undefined) return { clientId, clientSecret, always: introspection === "always" };
  if (introspection === "always") throw invalid("introspection", "always needs config.client_secret");
  return undefined;
}

function invalid(field: string, problem: string): PluginError {
  return new PluginError("invalid_argument", `config.${field}: ${problem}`);
}
