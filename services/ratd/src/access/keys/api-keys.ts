import { RatError } from "../../errors.ts";
import { listedUser, type Principal } from "../principal.ts";
import { holds, parseScope, type HeldScope } from "../../scopes.ts";
import { formatApiKey, hashSecret, newKeyId, newKeySecret } from "./api-key.ts";
import type { ApiKey, KeyStore } from "./key-store.ts";

const DAY_MS = 24 * 3600 * 1000;
/** Life of a key whose maker names no end, and the longest that one may name. */
const DEFAULT_LIFE_MS = 90 * DAY_MS;
const LONGEST_LIFE_MS = 366 * DAY_MS;
/** Longest time for which the secret before a rotation works on. */
export const LONGEST_GRACE_MS = 7 * DAY_MS;

/** What somebody wants a key to be. */
export interface KeyRequest {
  readonly name: string;
  /** Default: the maker. */
  readonly userId: string | undefined;
  readonly scopes: readonly string[];
  /** Default: the roles of the maker, for a key of the maker's own. */
  readonly roles: readonly string[] | undefined;
  readonly expiresAt: Date | undefined;
}

/** A key with what is shown once. */
export interface MadeKey {
  readonly key: ApiKey;
  /** Secret. */
  readonly text: string;
}

/** What the keys need. */
export interface ApiKeysDeps {
  readonly store: KeyStore;
  /** As `randomBytes` of node:crypto. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
  /** Keys have changed: what was known of them may be wrong. */
  readonly changed: () => Promise<void>;
}

/** Making, rotating and revoking API keys, by rules: nobody gives away what they do not have. */
export class ApiKeys {
  readonly #deps: ApiKeysDeps;

  constructor(deps: ApiKeysDeps) {
    this.#deps = deps;
  }

  /** Makes a key. @throws RatError permission_denied naming what the maker does not have; validation_failed */
  async create(request: KeyRequest, maker: Principal): Promise<MadeKey> {
    const { store, randomBytes } = this.#deps;
    const { userId } = maker.identity;
    const owner = request.userId ?? userId;
    if (owner !== userId && !holds(maker.scopes, "keys:manage")) {
      throw new RatError("permission_denied", "A key for somebody else needs the scope keys:manage.");
    }
    const scopes = this.#scopes(request.scopes, maker);
    // The roles of somebody else are not the maker's to give away without being named.
    const roles = request.roles ?? (owner === userId ? maker.identity.roles : []);
    const foreign = roles.find((role) => !maker.identity.roles.includes(role));
    if (foreign !== undefined && !maker.scopes.has("*")) {
      throw new RatError(
        "permission_denied",
        `You do not have the role "${foreign}", so no key of yours gets it.`,
      );
    }
    const secret = newKeySecret(randomBytes);
    const id = newKeyId(randomBytes);
    const key = await store.create({
      id,
      hash: hashSecret(secret),
      name: request.name,
      userId: owner,
      roles,
      scopes,
      createdBy: userId,
      expiresAt: this.#end(request.expiresAt, maker),
    });
    return { key, text: formatApiKey({ id, secret }) };
  }

  /** Gives a key another secret. @throws RatError not_found for a key that is not the caller's; permission_denied */
  async rotate(id: string, graceMs: number, by: Principal): Promise<MadeKey> {
    const { store, randomBytes, changed } = this.#deps;
    const present = await this.get(id, by);
    // The new secret is worth what the key is worth: whoever gets it must have that already.
    this.#scopes(present.scopes, by);
    const foreign = present.roles.find((role) => !by.identity.roles.includes(role));
    if (foreign !== undefined && !by.scopes.has("*") && present.userId !== by.identity.userId) {
      throw new RatError("permission_denied", `The key has the role "${foreign}", which you do not have.`);
    }
    const secret = newKeySecret(randomBytes);
    const key = await store.rotate(id, hashSecret(secret), graceMs);
    await changed();
    return { key, text: formatApiKey({ id, secret }) };
  }

  /** Ends a key at once; false when it was ended before. @throws RatError not_found for a key that is not the caller's */
  async revoke(id: string, by: Principal): Promise<boolean> {
    await this.get(id, by);
    const revoked = await this.#deps.store.revoke(id, by.identity.userId);
    await this.#deps.changed();
    return revoked;
  }

  /** A key of the caller's, or any for who manages keys. @throws RatError not_found */
  async get(id: string, by: Principal): Promise<ApiKey> {
    const key = await this.#deps.store.get(id);
    if (key.userId === by.identity.userId || holds(by.scopes, "keys:manage")) return key;
    throw new RatError("not_found", `There is no key "${id}".`);
  }

  /** The keys of a user by id, or all: what the caller may see of them. One more than `limit` tells that there are others. */
  list(userId: string | undefined, by: Principal, after: string, limit: number): Promise<readonly ApiKey[]> {
    return this.#deps.store.list(listedUser(userId, by, "keys:manage"), after, limit);
  }

  #scopes(wanted: readonly string[], maker: Principal): readonly HeldScope[] {
    return wanted.map((text) => {
      const scope = parseScope(text);
      if (scope === undefined) {
        throw new RatError("validation_failed", `"${text}" is no scope; \`rat explain scopes\` lists them.`, {
          violations: [{ pointer: "/scopes", message: `"${text}" is no scope` }],
        });
      }
      if (!holds(maker.scopes, scope)) {
        throw new RatError(
          "permission_denied",
          `You do not hold the scope ${scope}, so no key of yours gets it.`,
        );
      }
      return scope;
    });
  }

  /** When a new key ends: no later than the key of its maker. */
  #end(wanted: Date | undefined, { keyExpiresAt = Infinity }: Principal): Date {
    const now = this.#deps.now();
    const latest = Math.min(now + LONGEST_LIFE_MS, keyExpiresAt);
    if (wanted === undefined) return new Date(Math.min(now + DEFAULT_LIFE_MS, latest));
    if (wanted.getTime() > now && wanted.getTime() <= latest) return wanted;
    const message = `must lie in the future and not behind ${new Date(latest).toISOString()}`;
    throw new RatError("validation_failed", `expires_at ${message}.`, {
      violations: [{ pointer: "/expires_at", message }],
    });
  }
}
