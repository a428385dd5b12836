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

/** Told of each attempt to reload: what has changed, or what refused it, and who asked. Must not throw. */
export type ReloadListener<Asker> = (outcome: readonly ConfigChange[] | RatError, by: Asker) => void;
/** Told when another configuration comes in force. Must not throw. */
export type ChangeListener = (after: Config, before: Config) => void;

/** The configuration that is in force, for parts that follow it. */
export interface CurrentConfig {
  /** Take what you need for one piece of work, and ask again for the next. */
  readonly current: Config;
  /** Calls `listener` after each change, until the returned function is called. */
  onChange(listener: ChangeListener): () => void;
}

/**
 * The configuration that is in force. A changed file is read and checked as a whole, then every follower readies
 * itself, and only then the change happens, at once for all: whatever is wrong on the way changes nothing.
 */
export class LiveConfig<Asker> implements CurrentConfig {
  readonly #read: (running: Config) => PendingConfig;
  readonly #followers: ConfigFollower[] = [];
  readonly #changeListeners = new Set<ChangeListener>();
  readonly #reloadListeners = new Set<ReloadListener<Asker>>();
  #current: Config;
  /** The reload under way, if any. */
  #turn: Promise<unknown> = Promise.resolve();
  /** The one after it. */
  #next: Promise<readonly ConfigChange[]> | undefined;

  constructor(config: Config, read: (running: Config) => PendingConfig) {
    this.#current = config;
    this.#read = read;
  }

  get current(): Config {
    return this.#current;
  }

  /** Adds a part that every later change waits for. */
  follow(follower: ConfigFollower): void {
    this.#followers.push(follower);
  }

  onChange(listener: ChangeListener): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** Calls `listener` after each attempt to reload, until the returned function is called. */
  onReload(listener: ReloadListener<Asker>): () => void {
    this.#reloadListeners.add(listener);
    return () => this.#reloadListeners.delete(listener);
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
   * Reads the file again and puts it in force; `by` is who asked. Whoever asks while one is under way waits for the
   * next, which reads the file later than that: however many ask, two are at work or wait.
   *
   * @throws RatError `reload_refused` that says why; the configuration before is in force then.
   */
  async reload(by: Asker): Promise<readonly ConfigChange[]> {
    this.#next ??= this.#begin();
    try {
      const changes = await this.#next;
      this.#tell(changes, by);
      return changes;
    } catch (reason) {
      const error = RatError.from(reason);
      this.#tell(error, by);
      throw error;
    }
  }

  #begin(): Promise<readonly ConfigChange[]> {
    const outcome = this.#turn.then(() => {
      this.#next = undefined;
      return this.#apply();
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
    const before = this.#current;
    this.#current = config;
    for (const change of prepared) change.commit();
    for (const listener of this.#changeListeners) listener(config, before);
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

  #tell(outcome: readonly ConfigChange[] | RatError, by: Asker): void {
    for (const listener of this.#reloadListeners) listener(outcome, by);
  }
}
