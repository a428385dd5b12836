import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Clock } from "../clock.ts";

/** Resolves a host name to all its addresses. */
export type Resolver = (host: string) => Promise<readonly string[]>;

/** The resolver of the machine: the hosts file and DNS, addresses in their order. */
export const systemResolver: Resolver = async (host) => {
  const found = await lookup(host, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
};

/** How long an answer is used before the name is asked again. */
const FRESH_MS = 10_000;

/** What a name resolves to now. */
export interface Resolution {
  /** The addresses; the last known ones when the name server did not answer this time. */
  readonly addresses: readonly string[];
  /** Why the last attempt failed; undefined when it did not. */
  readonly error: Error | undefined;
}

/**
 * The addresses behind one host name, refreshed as they are used. A name server that fails leaves the last
 * known addresses in force; a name that no longer exists leaves none.
 */
export class AddressBook {
  readonly #host: string;
  readonly #resolver: Resolver;
  readonly #clock: Clock;
  #resolution: Resolution = { addresses: [], error: undefined };
  #resolvedAt = Number.NEGATIVE_INFINITY;
  #pending: Promise<Resolution> | undefined;

  constructor(host: string, { resolver, clock }: { resolver: Resolver; clock: Clock }) {
    this.#host = host;
    this.#resolver = resolver;
    this.#clock = clock;
    if (isIP(host) !== 0) {
      this.#resolution = { addresses: [host], error: undefined };
      this.#resolvedAt = Number.POSITIVE_INFINITY;
    }
  }

  /** The addresses; asks the name server when the last answer is old or `force` is set. Concurrent calls ask once. */
  async resolve(force = false): Promise<Resolution> {
    const age = this.#clock.monotonic() - this.#resolvedAt;
    if (this.#resolvedAt === Number.POSITIVE_INFINITY || (!force && age < FRESH_MS)) return this.#resolution;
    this.#pending ??= this.#ask().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #ask(): Promise<Resolution> {
    try {
      const addresses = [...new Set(await this.#resolver(this.#host))];
      this.#resolution = { addresses, error: undefined };
      this.#resolvedAt = this.#clock.monotonic();
    } catch (reason) {
      const error = reason instanceof Error ? reason : new Error(String(reason));
      const gone = "code" in error && error.code === "ENOTFOUND";
      this.#resolution = { addresses: gone ? [] : this.#resolution.addresses, error };
    }
    return this.#resolution;
  }
}
