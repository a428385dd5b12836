import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import { bootstrapKeyFile, writeBootstrapKey } from "./bootstrap-key.ts";
import type { KeyStore } from "./key-store.ts";

/** Time between two attempts, milliseconds, growing; the last one stays. */
const RETRY_MS = [500, 1000, 2000, 5000] as const;

/** What the first key needs. */
export interface FirstKeyDeps {
  readonly store: Pick<KeyStore, "hasBootstrapKey" | "createBootstrapKey">;
  readonly dataDirectory: string;
  /** Writes down that this key is made; it is not made when that rejects. */
  readonly recorded: (id: string) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Sees to it that there is an API key with all scopes: made once for each database, as soon as that can be reached, and
 * announced at every start.
 */
export class FirstKey implements Disposable {
  readonly #deps: FirstKeyDeps;
  #present = false;
  #failures = 0;
  #told = "";
  #closed = false;
  #cancel: () => void = () => undefined;

  constructor(deps: FirstKeyDeps) {
    this.#deps = deps;
  }

  /** Whether there is one: nobody could manage ratd without. */
  get present(): boolean {
    return this.#present;
  }

  /** Tries until it is there. Resolves after the first attempt; never rejects. */
  async start(): Promise<void> {
    const { dataDirectory, clock, logger } = this.#deps;
    try {
      await writeBootstrapKey({ ...this.#deps, randomBytes });
      this.#present = true;
      const keyFile = bootstrapKeyFile(dataDirectory);
      if (existsSync(keyFile))
        logger.info({ keyFile }, `the first API key, with all scopes, is in ${keyFile}`);
    } catch (reason) {
      this.#tell(RatError.from(reason));
      const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] ?? 0;
      if (!this.#closed) this.#cancel = clock.after(wait, () => void this.start());
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#cancel();
  }

  /** Each reason once, not at every attempt. */
  #tell(error: RatError): void {
    if (error.message === this.#told || this.#closed) return;
    this.#told = error.message;
    this.#deps.logger.error({ err: error }, `the first API key is not made yet: ${error.message}`);
  }
}
