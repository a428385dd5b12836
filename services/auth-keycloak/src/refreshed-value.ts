/** What a {@link RefreshedValue} needs. */
export interface RefreshedValueDeps<T> {
  /** Gets the value anew. Must end within bounds of its own. */
  load(): Promise<T>;
  /** The time, milliseconds. */
  now(): number;
  /** At most one load begins in this time. */
  readonly cooldownMs: number;
  /** How long a value serves after it was loaded, when it cannot be loaded anew. */
  readonly validMs: number;
}

/**
 * A value from elsewhere that is loaded when asked for, at most once per cool-down whether or not that succeeds, by
 * one load at a time; and that serves on while loading fails.
 */
export class RefreshedValue<T> {
  readonly #deps: RefreshedValueDeps<T>;
  #value: { readonly content: T; readonly at: number } | undefined;
  #failure: unknown;
  #begunAt: number | undefined;
  #flight: Promise<void> | undefined;

  constructor(deps: RefreshedValueDeps<T>) {
    this.#deps = deps;
  }

  /** The value; undefined before the first load and when it has become too old. */
  get value(): T | undefined {
    if (this.#value === undefined) return undefined;
    const { now, validMs } = this.#deps;
    return now() - this.#value.at >= validMs ? undefined : this.#value.content;
  }

  /** When the value was loaded, milliseconds. */
  get loadedAt(): number | undefined {
    return this.#value?.at;
  }

  /** Why the last load failed; undefined when it did not. */
  get failure(): unknown {
    return this.#failure;
  }

  /** How long until a load may begin. */
  get cooldownLeftMs(): number {
    if (this.#begunAt === undefined) return 0;
    const passed = this.#deps.now() - this.#begunAt;
    // A clock that was set back must not stop the loads until it has caught up.
    return passed < 0 ? 0 : Math.max(0, this.#deps.cooldownMs - passed);
  }

  /** Loads; joins the load under way. Undefined, at once, while the cool-down lasts. The promise never rejects. */
  refresh(): Promise<void> | undefined {
    if (this.#flight !== undefined) return this.#flight;
    if (this.cooldownLeftMs > 0) return undefined;
    this.#begunAt = this.#deps.now();
    this.#flight = this.#load().finally(() => (this.#flight = undefined));
    return this.#flight;
  }

  async #load(): Promise<void> {
    try {
      this.#value = { content: await this.#deps.load(), at: this.#deps.now() };
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error ?? new Error("the load failed");
    }
  }
}
