import { hash } from "node:crypto";
import type { AccessConfig } from "../config/config.ts";
import { RatError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { Identity, LoginOptions } from "../slots/auth/auth.ts";
import type { SlotSnapshot } from "../slots/slot-snapshot.ts";
import { sharedContext, type CallContext, type SlotStatus } from "../slots/slot.ts";
import type { AnswerCache, Reusable } from "./cache/answer-cache.ts";
import { looksLikeApiKey } from "./keys/api-key.ts";
import type { KeyVerifier } from "./keys/key-verifier.ts";
import { anonymousPrincipal, type AuthMode, type Principal } from "./principal.ts";
import { DATA_SCOPES, type HeldScope, type ScopeSet } from "../scopes.ts";

/** How long a refused credential is refused without being looked at again, milliseconds. */
const REFUSED_MS = 1000;

/** What callers show to say who they are. Secret. */
export interface Credentials {
  /** The header X-API-Key; undefined without one. */
  readonly apiKey: string | undefined;
  /** The token of `Authorization: Bearer`; empty without one. */
  readonly bearer: string;
}

/** Who somebody turned out to be, or why not. */
export type Verdict =
  | { readonly principal: Principal; readonly refusal?: undefined }
  | { readonly principal?: undefined; readonly refusal: string };

/** What finds principals. */
export interface PrincipalsDeps {
  readonly keys: KeyVerifier;
  readonly cache: AnswerCache<Verdict>;
  /** How long an identity is taken for granted, and which scopes roles of the auth plugin hold; asked each time. */
  readonly config: () => AccessConfig;
  readonly clock: Clock;
}

const ANONYMOUS = {
  builtin: anonymousPrincipal("builtin"),
  "noop-fallback": anonymousPrincipal("noop-fallback"),
} as const;

/** Finds out who calls: by the API key, else by the auth slot. */
export class Principals {
  readonly #deps: PrincipalsDeps;
  /** The scopes that come with roles, by the roles: there are few combinations. */
  #scopes = new Map<string, ScopeSet>();
  #scopesBy: AccessConfig["rolePermissions"] = {};

  constructor(deps: PrincipalsDeps) {
    this.#deps = deps;
  }

  /**
   * The principal behind the credentials; without an await when that is known already.
   *
   * @throws RatError unauthenticated, auth_unavailable, slot_denying; database_unavailable for an API key
   */
  identify(
    { apiKey, bearer }: Credentials,
    slots: SlotSnapshot,
    context: CallContext,
  ): Principal | Promise<Principal> {
    const key = apiKey ?? (looksLikeApiKey(bearer) ? bearer : undefined);
    if (key !== undefined) return this.#byKey(key);
    const status = slots.statuses.auth;
    const mode = authModeOf(status);
    if (mode !== "plugin") {
      // Counts the stand-in, and refuses while the slot denies.
      slots.use("auth");
      return ANONYMOUS[mode === "builtin" ? "builtin" : "noop-fallback"];
    }
    if (bearer === "") throw new RatError("unauthenticated", "The request carries no bearer token.");
    return this.#reuse(`token ${digest(bearer)}`, () => this.#byToken(bearer, slots, context));
  }

  /** How people get a token; undefined while no auth plugin serves, or when it does not say. */
  async loginOptions(slots: SlotSnapshot, context: CallContext): Promise<LoginOptions | undefined> {
    if (slots.statuses.auth.servedBy !== "plugin") return undefined;
    return slots.use("auth").loginOptions(context);
  }

  #byKey(text: string): Principal | Promise<Principal> {
    const { keys, config } = this.#deps;
    const found = this.#reuse(`key ${digest(text)}`, async () => {
      try {
        const { principal, maxAgeMs } = await keys.verify(text);
        return { answer: { principal }, maxAgeMs: Math.min(maxAgeMs, config().cacheTtlMs) };
      } catch (reason) {
        return refused(reason);
      }
    });
    const use = (principal: Principal) => {
      if (principal.keyId !== undefined) keys.used(principal.keyId);
      return principal;
    };
    return found instanceof Promise ? found.then(use) : use(found);
  }

  async #byToken(token: string, slots: SlotSnapshot, context: CallContext): Promise<Reusable<Verdict>> {
    const { config, clock } = this.#deps;
    try {
      const identity = await slots.use("auth").authenticate(token, sharedContext(context));
      const left = identity.expiresAt === undefined ? Infinity : identity.expiresAt - clock.now();
      const principal: Principal = {
        identity,
        mode: "plugin",
        scopes: this.#scopesOf(identity),
        keyId: undefined,
        keyExpiresAt: undefined,
      };
      return {
        answer: { principal },
        maxAgeMs: Math.min(identity.maxAgeMs ?? Infinity, left, config().cacheTtlMs),
      };
    } catch (reason) {
      return refused(byPosture(RatError.from(reason), slots));
    }
  }

  #reuse(key: string, find: () => Promise<Reusable<Verdict>>): Principal | Promise<Principal> {
    const { cache } = this.#deps;
    const known = cache.get(key);
    return known === undefined ? cache.ask(key, find).then(principalIn) : principalIn(known);
  }

  #scopesOf({ roles }: Identity): ScopeSet {
    const { rolePermissions } = this.#deps.config();
    if (rolePermissions !== this.#scopesBy) {
      this.#scopesBy = rolePermissions;
      this.#scopes = new Map();
    }
    const mapped = roles.filter((role) => Object.hasOwn(rolePermissions, role)).toSorted();
    const name = mapped.join("\n");
    let scopes = this.#scopes.get(name);
    if (scopes === undefined) {
      scopes = new Set<HeldScope>([...DATA_SCOPES, ...mapped.flatMap((role) => rolePermissions[role] ?? [])]);
      this.#scopes.set(name, scopes);
    }
    return scopes;
  }
}

/** The mode in which the auth slot lets callers pass who show no API key. */
export function authModeOf({ servedBy, state }: SlotStatus): Exclude<AuthMode, "api_key"> {
  if (state === "builtin") return "builtin";
  return servedBy === "plugin" ? "plugin" : servedBy === "nobody" ? "denying" : "noop-fallback";
}

/** What stands for a credential in the cache; the credential itself is nowhere. */
function digest(credential: string): string {
  return hash("sha256", credential, "base64url");
}

/** Only a slot that denies says that its plugin could not be asked; to others it is one more token without a proof. */
function byPosture(error: RatError, { bindings }: SlotSnapshot): RatError {
  if (error.code !== "auth_unavailable" || bindings.auth.plugin?.onDown === "deny") return error;
  return new RatError("unauthenticated", error.message, { cause: error });
}

/** A refusal may be reused for a moment; that something failed may not. */
function refused(reason: unknown): Reusable<Verdict> {
  const error = RatError.from(reason);
  if (error.code !== "unauthenticated" || error.cause !== undefined) throw error;
  return { answer: { refusal: error.message }, maxAgeMs: REFUSED_MS };
}

function principalIn({ principal, refusal }: Verdict): Principal {
  if (principal !== undefined) return principal;
  throw new RatError("unauthenticated", refusal);
}
