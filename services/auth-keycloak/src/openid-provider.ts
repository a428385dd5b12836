import { PluginError, type HealthReading, type PluginLog } from "@rat/plugin-sdk";
import type { CryptoKey } from "jose";
import { AbsentKeys } from "./absent-keys.ts";
import { discoveryUrl, parseDiscovery, type Discovery } from "./discovery.ts";
import { fetchJson } from "./fetch-json.ts";
import { parseKeySet, type KeySet } from "./key-set.ts";
import { ProviderError } from "./provider-error.ts";
import { providerHealth } from "./provider-health.ts";
import { RefreshedValue } from "./refreshed-value.ts";
import type { ProviderSettings } from "./settings.ts";
import type { Timer } from "./timer.ts";

/** How soon a provider whose discovery document could not be had is asked for it again, milliseconds. */
const DISCOVERY_COOLDOWN_MS = 5000;

/** What the provider's side needs. */
export interface OpenidProviderDeps {
  readonly settings: ProviderSettings;
  readonly log: PluginLog;
  /** The time, milliseconds. */
  readonly now: () => number;
  readonly after: Timer;
  /** Receives the health whenever it may have changed. */
  readonly tell: (health: HealthReading) => void;
}

/**
 * One OpenID provider as the plugin knows it: its discovery document and its keys, fetched at the start, by a timer
 * every `maxAgeMs`, and when a token names an unknown key. Requests never wait for a refresh of what they have.
 */
export class OpenidProvider implements Disposable {
  readonly settings: ProviderSettings;
  readonly #deps: OpenidProviderDeps;
  readonly #closed = new AbortController();
  readonly #discovery: RefreshedValue<Discovery>;
  readonly #keys: RefreshedValue<KeySet>;
  readonly #absent: AbsentKeys;
  #round: Promise<void> | undefined;
  #cancelNext: () => void = () => undefined;
  #introspection: string | undefined;
  #told: HealthReading["status"] | undefined;

  constructor(deps: OpenidProviderDeps) {
    const { settings, now } = deps;
    const { cooldownMs, maxAgeMs, maxStaleMs } = settings;
    const validMs = maxAgeMs + maxStaleMs;
    this.settings = settings;
    this.#deps = deps;
    this.#discovery = new RefreshedValue({
      load: () => this.#loadDiscovery(),
      now,
      cooldownMs: Math.min(cooldownMs, DISCOVERY_COOLDOWN_MS),
      validMs,
    });
    this.#keys = new RefreshedValue({ load: () => this.#loadKeys(), now, cooldownMs, validMs });
    this.#absent = new AbsentKeys({ firstMs: cooldownMs, mostMs: maxAgeMs });
    this.#tell();
  }

  [Symbol.dispose](): void {
    this.#cancelNext();
    this.#closed.abort();
  }

  /** One round of looking at the provider; plans the next. Never rejects, and lasts at most two timeouts. */
  refresh(): Promise<void> {
    return (
      this.#round ??
      this.#begin(async () => {
        await this.#discovery.refresh();
        // The old document serves while the new one cannot be had.
        if (this.#discovery.value !== undefined) await this.#keys.refresh();
      })
    );
  }

  /**
   * The key for a token; undefined when the provider has none. An unknown one has the keys fetched anew, at most once
   * per cool-down, whatever the number of tokens and whether or not the fetch succeeds.
   *
   * @throws PluginError `unavailable` while there are no keys at all.
   */
  async key(kid: string | undefined, alg: string): Promise<CryptoKey | undefined> {
    const known = this.#keys.value;
    const found = known?.find(kid, alg);
    if (found !== undefined) return found;
    if (known !== undefined && kid !== undefined && this.#absent.has(kid, this.#deps.now())) return undefined;
    const look = known === undefined ? this.#lookAtAll() : this.#lookAtKeys();
    await look;
    const now = this.#keys.value;
    if (now === undefined) throw this.#unavailable();
    const fetched = now.find(kid, alg);
    // After a failed fetch, or without one, nothing is learnt of the key.
    if (
      fetched === undefined &&
      kid !== undefined &&
      look !== undefined &&
      this.#keys.failure === undefined
    ) {
      this.#absent.add(kid, this.#deps.now());
    }
    return fetched;
  }

  /** Where opaque tokens are asked about. @throws PluginError `unavailable` when the provider cannot say so. */
  async introspectionEndpoint(): Promise<string> {
    if (this.#discovery.value === undefined) await this.#lookAtAll();
    const discovery = this.#discovery.value;
    if (discovery === undefined) throw this.#unavailable();
    const { introspectionEndpoint } = discovery;
    if (introspectionEndpoint !== undefined) return introspectionEndpoint;
    throw new PluginError(
      "failed_precondition",
      `${this.settings.issuer} offers no introspection; set config.introspection to never`,
    );
  }

  /** Tells how the last introspection went: why it failed, or undefined. */
  introspected(problem: string | undefined): void {
    if (problem === this.#introspection || this.#closed.signal.aborted) return;
    this.#introspection = problem;
    this.#tell();
  }

  /** Looks at the provider for a request that cannot go on without; undefined while the cool-down lasts. */
  #lookAtAll(): Promise<void> | undefined {
    const next = this.#discovery.value === undefined ? this.#discovery : this.#keys;
    return this.#round === undefined && next.cooldownLeftMs > 0 ? undefined : this.refresh();
  }

  /** Fetches the keys for a token that names an unknown one; undefined while the cool-down lasts. */
  #lookAtKeys(): Promise<void> | undefined {
    if (this.#round !== undefined) return this.#round;
    if (this.#keys.cooldownLeftMs > 0) return undefined;
    return this.#begin(async () => this.#keys.refresh());
  }

  #unavailable(): PluginError {
    const { issuer } = this.settings;
    return new PluginError(
      "unavailable",
      `the keys of ${issuer} are not known: ${this.#failure() ?? "not yet fetched"}`,
    );
  }

  /** One round at a time: whoever needs one joins it. */
  #begin(look: () => Promise<void>): Promise<void> {
    const round = look().then(() => {
      this.#round = undefined;
      if (this.#closed.signal.aborted) return;
      this.#planNext();
      this.#tell();
    });
    this.#round = round;
    return round;
  }

  #planNext(): void {
    this.#cancelNext();
    const { maxAgeMs } = this.settings;
    const wait =
      this.#failure() === undefined
        ? maxAgeMs
        : Math.max(
            this.#discovery.value === undefined ? 0 : this.#keys.cooldownLeftMs,
            this.#discovery.cooldownLeftMs,
          );
    this.#cancelNext = this.#deps.after(wait, () => void this.refresh());
  }

  async #loadDiscovery(): Promise<Discovery> {
    return parseDiscovery(await this.#fetch(discoveryUrl(this.settings.base)), this.settings);
  }

  async #loadKeys(): Promise<KeySet> {
    const url = this.#discovery.value?.jwksUri;
    if (url === undefined) throw new ProviderError("its discovery document is not known");
    const keys = await parseKeySet(await this.#fetch(url), this.settings.algorithms);
    this.#deps.log.debug({ issuer: this.settings.issuer, ...keys.counts }, "keys fetched");
    return keys;
  }

  #fetch(url: string): Promise<unknown> {
    const { timeoutMs } = this.settings;
    return fetchJson({ url, timeoutMs, after: this.#deps.after, signal: this.#closed.signal });
  }

  #failure(): string | undefined {
    const { failure: discovery } = this.#discovery;
    if (discovery !== undefined) return wordsOf(discovery);
    const { failure: keys } = this.#keys;
    return keys === undefined ? undefined : `its keys: ${wordsOf(keys)}`;
  }

  #tell(): void {
    const { settings } = this;
    const keys = this.#keys.value;
    const health = providerHealth({
      address: settings.base,
      setting: settings.setting,
      keys:
        keys === undefined
          ? undefined
          : { ...keys.counts, ageMs: this.#deps.now() - (this.#keys.loadedAt ?? 0) },
      validMs: settings.maxAgeMs + settings.maxStaleMs,
      failure: this.#failure(),
      introspection: this.#introspection,
    });
    this.#deps.tell(health);
    if (health.status === this.#told) return;
    this.#told = health.status;
    if (health.status === "healthy") this.#deps.log.info({ issuer: settings.issuer }, "the provider answers");
    else this.#deps.log.warn({ issuer: settings.issuer, status: health.status }, health.message);
  }
}

/** Only our own words: the text of any other error may hold what must not be told. */
function wordsOf(error: unknown): string {
  return error instanceof ProviderError ? error.message : "an unexpected error";
}
