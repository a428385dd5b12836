import { RatError } from "../errors.ts";
import type { Config } from "./config.ts";
import type { ConfigChange } from "./config-diff.ts";

/** A changed rat.yaml, read and checked. */
export interface PendingConfig {
  /** What the running ratd can have of it. */
  readonly config: Config;
  readonly changes: readonly ConfigChange[];
}

/** A part's share of a change, ready to happen. One of the two is called, once; neither may throw. */
export interface PreparedChange {
  commit(): void;
  cancel(): void;
}

/** A part of ratd that follows rat.yaml by more than asking for the current value. */
export interface ConfigFollower {
  /**
   * Readies itself; nothing changes yet.
   *
   * @throws RatError `reload_refused` when it cannot follow.
   */
  prepare(after: Config): Promise<PreparedChange>;
}

/** Told of each attempt to reload: what has changed, or what refused it. Must not throw. */
export type ReloadListener = (outcome: readonly ConfigChange[] | RatError, by: string) => void;

/**
 * The configuration that is in force. A changed file is read and checked as a whole, then every follower readies
 * itself, and only then the change happens, at once for all: whatever is wrong on the way changes nothing.
 */
export class LiveConfig {
  readonly #read: (running: Config) => PendingConfig;
  readonly #followers: ConfigFollower[] = [];
  readonly #listeners = new Set<ReloadListener>();
  #current: Config;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(config: Config, read: (running: Config) => PendingConfig) {
    this.#current = config;
    this.#read = read;
  }

  /** The configuration now. Take what you need for one piece of work, and ask again for the next. */
  get current(): Config {
    return this.#current;
  }

  /** Adds a part that every later change waits for. */
  follow(follower: ConfigFollower): void {
    this.#followers.push(follower);
  }

  /** Calls `listener` after each attempt to reload, until the returned function is called. */
  onReload(listener: ReloadListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What a reload would change.
   *
   * @throws RatError `reload_refused` with every problem of the file.
   */
  preview(): readonly ConfigChange[] {
    return this.#pending().changes;
  }

  /**
   * Reads the file again and puts it in force; `by` is who asked. Two at once go one after the other.
   *
   * @throws RatError `reload_refused` that says why; the configuration before is in force then.
   */
  reload(by: string): Promise<readonly ConfigChange[]> {
    const outcome = this.#turn.then(async () => {
      try {
        const changes = await this.#apply();
        this.#tell(changes, by);
        return changes;
      } catch (reason) {
        const error = RatError.from(reason);
        this.#tell(error, by);
        throw error;
      }
    });
    this.#turn = outcome.catch(() => undefined);
    return outcome;
  }

  async #apply(): Promise<readonly ConfigChange[]> {
    const { config, changes } = this.#pending();
    if (!changes.some(({ applies }) => applies === "now")) return changes;
    const prepared: PreparedChange[] = [];
    try {
      for (const follower of this.#followers) prepared.push(await follower.prepare(config));
    } catch (reason) {
      for (const change of prepared) change.cancel();
      throw reason;
    }
    this.#current = config;
    for (const change of prepared) change.commit();
    return changes;
  }

  #pending(): PendingConfig {
    try {
      return this.#read(this.#current);
    } catch (reason) {
      const error = RatError.from(reason);
      throw new RatError("reload_refused", error.message, { cause: error });
    }
  }

  #tell(outcome: readonly ConfigChange[] | RatError, by: string): void {
    for (const listener of this.#listeners) listener(outcome, by);
  }
}
