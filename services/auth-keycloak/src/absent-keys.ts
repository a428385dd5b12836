/** How many ids are remembered; beyond it the one that was learnt first is forgotten. */
const MAX_IDS = 256;

/** How long an id is believed absent. */
export interface AbsentKeysLimits {
  /** After the first look, milliseconds; doubled with each further look in vain. */
  readonly firstMs: number;
  readonly mostMs: number;
}

/**
 * Key ids that the provider was found not to have, so that a client with an old token does not have the keys fetched
 * once per cool-down for ever. The first belief is short: a provider's answer may lag behind its own rotation.
 */
export class AbsentKeys {
  readonly #limits: AbsentKeysLimits;
  readonly #ids = new Map<string, { readonly until: number; readonly forMs: number }>();

  constructor(limits: AbsentKeysLimits) {
    this.#limits = limits;
  }

  /** True when it is not worth a look. */
  has(kid: string, now: number): boolean {
    const known = this.#ids.get(kid);
    return known !== undefined && now < known.until;
  }

  /** Learns that a look was in vain. */
  add(kid: string, now: number): void {
    const known = this.#ids.get(kid);
    // Many calls share one look; it counts once.
    if (known !== undefined && now < known.until) return;
    const forMs = Math.min(known === undefined ? this.#limits.firstMs : known.forMs * 2, this.#limits.mostMs);
    this.#ids.delete(kid);
    this.#ids.set(kid, { until: now + forMs, forMs });
    if (this.#ids.size > MAX_IDS) {
      const [oldest] = this.#ids.keys();
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
  }

  /** How many ids are remembered. */
  get size(): number {
    return this.#ids.size;
  }
}
