import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Principal } from "../principal.ts";
import { parseScope, type HeldScope } from "../../scopes.ts";
import { hashSecret, parseApiKey, sameHash } from "./api-key.ts";
import type { KeyStore, StoredKey } from "./key-store.ts";

/** Compared with when there is no key of that id, so that an unknown id costs what a known one does. */
const NOBODY = new Uint8Array(32);
/** Time between two writes of when keys were last used, milliseconds. */
const USED_PACE_MS = 5000;

/** A principal by its key, and for how long that holds, milliseconds. */
export interface VerifiedKey {
  readonly principal: Principal;
  readonly maxAgeMs: number;
}

/** Checks API keys, and remembers that they were used. */
export class KeyVerifier implements Disposable {
  readonly #store: KeyStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #used = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(deps: { readonly store: KeyStore; readonly clock: Clock; readonly logger: Logger }) {
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
  }

  /**
   * The principal of a key as its holder wrote it.
   *
   * @throws RatError unauthenticated, the same for every wrong key; database_unavailable
   */
  async verify(text: string): Promise<VerifiedKey> {
    const parts = parseApiKey(text);
    if (parts === undefined) throw wrong();
    const key = await this.#store.find(parts.id);
    const hash = hashSecret(parts.secret);
    const isCurrent = sameHash(hash, key?.hash ?? NOBODY);
    const isPrevious = sameHash(hash, key?.previousHash ?? NOBODY) && (key?.previousMs ?? 0) > 0;
    if (key === undefined || !(isCurrent || isPrevious) || !key.live) throw wrong();
    const maxAgeMs = Math.min(key.remainingMs ?? Infinity, isCurrent ? Infinity : (key.previousMs ?? 0));
    return { principal: principalOf(key), maxAgeMs };
  }

  /** A key was used, whether it was looked up or not: written down soon. */
  used(id: string): void {
    this.#used.add(id);
    this.#cancel ??= this.#clock.after(USED_PACE_MS, () => {
      this.#cancel = undefined;
      const ids = [...this.#used];
      this.#used.clear();
      this.#store.used(ids).catch((err: unknown) => {
        this.#logger.debug({ err }, "when API keys were last used could not be written");
      });
    });
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
  }
}

function principalOf(key: StoredKey): Principal {
  return {
    identity: Object.freeze({ userId: key.userId, email: "", roles: key.roles }),
    mode: "api_key",
    scopes: new Set(key.scopes.map(parseScope).filter((scope): scope is HeldScope => scope !== undefined)),
    keyId: key.id,
    keyExpiresAt: key.expiresAt?.getTime(),
  };
}

function wrong(): RatError {
  return new RatError("unauthenticated", "The API key is not valid: unknown, revoked or ended.");
}
