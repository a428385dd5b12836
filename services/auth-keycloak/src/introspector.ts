import { PluginError } from "@rat/plugin-sdk";
import { requireAudience, type AudienceRule } from "./audience.ts";
import { checkTimes, requireSubject, requireUnbound, type Claims } from "./check-claims.ts";
import { fetchJson } from "./fetch-json.ts";
import { Gate } from "./gate.ts";
import type { OpenidProvider } from "./openid-provider.ts";
import { ProviderError } from "./provider-error.ts";
import type { IntrospectionSettings, TokenRules } from "./settings.ts";
import type { Timer } from "./timer.ts";
import { TokenRefusal } from "./token-refusal.ts";
import type { VerifiedToken } from "./verify-token.ts";

/** The alphabet of bearer tokens (RFC 6750, 2.1). Whatever else comes is not worth a question. */
const BEARER = /^[A-Za-z0-9._~+/-]{8,16384}=*$/;

/** What introspection needs. */
export interface IntrospectorDeps {
  readonly provider: Pick<OpenidProvider, "introspectionEndpoint" | "introspected" | "settings">;
  readonly settings: IntrospectionSettings;
  readonly rules: TokenRules;
  readonly now: () => number;
  readonly after: Timer;
  readonly signal: AbortSignal;
}

/** Asks the provider about tokens (RFC 7662): a bounded number of questions at a time. */
export class Introspector {
  readonly #deps: IntrospectorDeps;
  readonly #gate = new Gate({ running: 16, waiting: 256 });

  constructor(deps: IntrospectorDeps) {
    this.#deps = deps;
  }

  /**
   * What the provider says of a token.
   *
   * @throws TokenRefusal when that is not enough for an identity.
   * @throws PluginError `unavailable` when the provider does not say.
   */
  async ask(token: string): Promise<VerifiedToken> {
    if (!BEARER.test(token)) throw new TokenRefusal("the token is malformed");
    const claims = await this.#gate.run(() => this.#question(token));
    if (claims.active !== true) throw new TokenRefusal("the provider says that the token is not active");
    const { rules, now } = this.#deps;
    if (claims.iss !== undefined && claims.iss !== rules.issuer) {
      throw new TokenRefusal("the token is from another issuer (iss)");
    }
    requireBearer(claims);
    requireUnbound(claims);
    const exp = checkTimes(claims, rules.skewSeconds, now());
    requireSubject(claims);
    requireIntrospectedAudience(claims, rules.audience);
    return { claims, exp };
  }

  async #question(token: string): Promise<Claims> {
    const { provider, settings, after, signal } = this.#deps;
    const url = await provider.introspectionEndpoint();
    const body = new URLSearchParams({ token, token_type_hint: "access_token" });
    const authorization = basic(settings);
    try {
      const form = { body, authorization };
      const { timeoutMs } = provider.settings;
      const answer = await fetchJson({ url, timeoutMs, after, signal, form });
      if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
        throw new ProviderError("the answer is not a JSON object");
      }
      provider.introspected(undefined);
      return { ...answer };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      // Cut off by another configuration: that says nothing of the provider.
      if (signal.aborted) throw new PluginError("unavailable", "the configuration changed; try again");
      const hint = /is (400|401|403)$/.test(error.message) ? "; check client_id and client_secret" : "";
      provider.introspected(`${error.message}${hint}`);
      throw new PluginError("unavailable", `introspection failed: ${error.message}`);
    }
  }
}

/** client_secret_basic: both parts are form-encoded first (RFC 6749, 2.3.1). */
function basic({ clientId, clientSecret }: IntrospectionSettings): string {
  const encode = (text: string): string => new URLSearchParams({ "": text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString("base64")}`;
}

/** A refresh token is active too; only access tokens are said to be bearer tokens. */
function requireBearer({ typ, token_type: type }: Claims): void {
  const says = (value: unknown): boolean => typeof value === "string" && value.toLowerCase() === "bearer";
  if (typ === undefined ? says(type) : says(typ)) return;
  throw new TokenRefusal("the provider does not say that the token is a bearer access token");
}

/** Opaque tokens often have no audience; the client that a token was issued to then says whose it is. */
function requireIntrospectedAudience(claims: Claims, rule: AudienceRule): void {
  const { aud, azp = claims.client_id } = claims;
  if (rule.kind === "own" && aud === undefined && typeof azp === "string" && rule.issuedTo.includes(azp))
    return;
  requireAudience({ aud, azp }, rule);
}
