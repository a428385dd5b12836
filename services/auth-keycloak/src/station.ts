import type { Identity, LifecycleContext } from "@rat/plugin-sdk";
import { requireOurs } from "./check-claims.ts";
import type { AuthConfig } from "./config.ts";
import { identityOf } from "./identity-of.ts";
import { Introspector } from "./introspector.ts";
import { OpenidProvider } from "./openid-provider.ts";
import { RoleTable } from "./role-table.ts";
import type { Settings } from "./settings.ts";
import { looksSigned } from "./signed-token.ts";
import type { Timer } from "./timer.ts";
import { TokenRefusal } from "./token-refusal.ts";
import { verifyToken, type VerifiedToken } from "./verify-token.ts";

/** The longest token that is looked at, ratd's own limit. */
const MAX_TOKEN_CHARS = 16 * 1024;
/** How long an answer of the provider about a token may serve, so that a revocation there is seen soon. */
const INTROSPECTED_MS = 5000;

/** What a station needs. */
export interface StationDeps extends Pick<LifecycleContext<AuthConfig>, "log" | "health"> {
  readonly settings: Settings;
  /** The time, milliseconds. */
  readonly now: () => number;
  readonly after: Timer;
  /** What is known of the provider already. */
  readonly provider?: OpenidProvider;
}

/** One configuration at work: it turns tokens into identities and decides by roles. */
export class Station implements Disposable {
  readonly settings: Settings;
  readonly provider: OpenidProvider;
  readonly roles: RoleTable;
  readonly #introspector: Introspector | undefined;
  readonly #now: () => number;
  readonly #closed = new AbortController();

  constructor({ settings, log, health, now, after, provider }: StationDeps) {
    this.settings = settings;
    this.#now = now;
    this.roles = new RoleTable(settings.permissions);
    this.provider =
      provider ??
      new OpenidProvider({
        settings: settings.provider,
        log,
        now,
        after,
        tell: ({ status, message }) => health[status](message),
      });
    // What another secret was answered says nothing of this one.
    this.provider.introspected(undefined);
    if (settings.introspection !== undefined) {
      this.#introspector = new Introspector({
        provider: this.provider,
        settings: settings.introspection,
        rules: settings.rules,
        now,
        after,
        signal: this.#closed.signal,
      });
    }
  }

  /** Ends what is under way. The provider stays: another station may go on with it. */
  [Symbol.dispose](): void {
    this.#closed.abort();
  }

  /** The identity behind a token. @throws TokenRefusal, or PluginError when that cannot be told now. */
  async identify(token: string): Promise<Identity> {
    if (token === "") throw new TokenRefusal("the request carries no token");
    if (token.length > MAX_TOKEN_CHARS) throw new TokenRefusal("the token is longer than 16 KiB");
    const introspects = this.settings.introspection?.always === true || !looksSigned(token);
    const { claims, exp } = await this.#verified(token);
    return {
      ...identityOf(claims, this.settings.claims),
      expiresAt: new Date(this.#endOf(exp) * 1000),
      ...(introspects ? { maxAgeMs: INTROSPECTED_MS } : {}),
    };
  }

  async #verified(token: string): Promise<VerifiedToken> {
    const { settings, provider } = this;
    if (looksSigned(token)) {
      const { rules } = settings;
      const { algorithms } = settings.provider;
      const key = (kid: string | undefined, alg: string) => provider.key(kid, alg);
      const verified = await verifyToken(token, { rules, algorithms, key, now: this.#now });
      // Of a lightweight token of Keycloak only the provider knows whom it is about, and for.
      if (settings.introspection?.always !== true) {
        requireOurs(verified.claims, rules);
        return verified;
      }
    }
    if (this.#introspector === undefined) {
      throw new TokenRefusal("the token is not a signed JSON Web Token; others need config.client_secret");
    }
    return this.#introspector.ask(token);
  }

  /** `exp`, or within the skew after it, when we stop taking the token: an identity of the past would be refused. */
  #endOf(exp: number): number {
    return Math.floor(exp) * 1000 > this.#now() ? exp : exp + this.settings.rules.skewSeconds;
  }
}
