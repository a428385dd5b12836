import { RatError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { EnforcementPort } from "../slots/enforcement/enforcement.ts";
import { newCallContext } from "../slots/slot.ts";
import type { Freshness, FreshSource } from "./cache/freshness.ts";

/** Time between two attempts to open the stream, milliseconds. */
const RETRY_MS = 200;
/** A stream that is silent for so long leads nowhere and is opened anew, milliseconds. */
const SILENT_MS = 3000;

/** What the watch needs. */
export interface InvalidationWatchDeps {
  readonly freshness: Freshness;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Decisions from before this moment may be wrong. */
  readonly onChange: () => void;
}

/**
 * Follows the enforcement plugin's word on its decisions, while it offers that. As long as the stream is silent no
 * decision is reused.
 */
export class InvalidationWatch implements Disposable {
  readonly #deps: InvalidationWatchDeps;
  #port: EnforcementPort | undefined;
  #source: FreshSource | undefined;
  #revision: string | undefined;
  #stop = new AbortController();

  constructor(deps: InvalidationWatchDeps) {
    this.#deps = deps;
  }

  /** The plugin to follow; undefined while none serves, or when the one that does offers no stream. */
  follow(port: EnforcementPort | undefined): void {
    if (port === this.#port) return;
    this.#port = port;
    this.#stop.abort();
    this.#source?.remove();
    this.#source = undefined;
    if (port === undefined) return;
    this.#source = this.#deps.freshness.source();
    this.#stop = new AbortController();
    void this.#run(port, this.#source, this.#stop.signal);
  }

  [Symbol.dispose](): void {
    this.follow(undefined);
  }

  async #run(port: EnforcementPort, source: FreshSource, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    while (!signal.aborted) {
      const silent = new AbortController();
      let cancel = clock.after(SILENT_MS, () => silent.abort());
      try {
        const either = AbortSignal.any([signal, silent.signal]);
        for await (const revision of port.watchInvalidations(newCallContext("invalidations", either))) {
          // The plugin read it before it said so, and nothing is known of the time since.
          this.#heard(revision, source, clock.monotonic());
          cancel();
          cancel = clock.after(SILENT_MS, () => silent.abort());
        }
      } catch (err) {
        // It was offered before the plugin knew its configuration: then decisions say by themselves how long they hold.
        if (RatError.from(err).code === "not_available") return source.remove();
        if (!signal.aborted) logger.debug({ err }, "the stream of invalidations ended");
      } finally {
        cancel();
      }
      await this.#pause(signal);
    }
  }

  #heard(revision: string, source: FreshSource, asOf: number): void {
    if (revision !== this.#revision) this.#deps.onChange();
    this.#revision = revision;
    source.heard(asOf);
  }

  async #pause(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(RETRY_MS, resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    cancel();
  }
}
