import { isDeepStrictEqual } from "node:util";
import type { Static, TSchema } from "typebox";
import { ConfigParser } from "./config-parser.ts";
import type { PluginDefinition } from "./define-plugin.ts";
import { HealthReporter } from "./health-reporter.ts";
import type { PluginLog } from "./plugin-log.ts";
import { PluginError } from "./plugin-error.ts";
import type { Slot } from "./slots/slot-binding.ts";

/** What a running plugin needs from its surroundings. */
export interface PluginRuntimeDeps {
  readonly log: PluginLog;
  readonly now: () => Date;
}

/** The state of one running plugin: its configuration and its health. */
export class PluginRuntime<S extends Slot, T extends TSchema> {
  readonly definition: PluginDefinition<S, T>;
  readonly log: PluginLog;
  readonly now: () => Date;
  readonly health = new HealthReporter();
  readonly parser: ConfigParser<Static<T>>;
  #config: { readonly value: Static<T> } | undefined;
  #configuring: Promise<void> = Promise.resolve();

  constructor(definition: PluginDefinition<S, T>, deps: PluginRuntimeDeps) {
    this.definition = definition;
    this.log = deps.log;
    this.now = deps.now;
    this.parser = new ConfigParser(definition.basics.config);
  }

  /** Brings the first configuration into force: the given one, or the defaults when they suffice. */
  async start(initial: unknown): Promise<void> {
    if (initial !== undefined) return this.configure(initial);
    let defaults: Static<T>;
    try {
      defaults = this.parser.parse({});
    } catch {
      this.health.waiting(true);
      return;
    }
    await this.#apply(defaults);
  }

  /**
   * Brings a configuration into force; one equal to the present changes nothing.
   *
   * @throws PluginError `invalid_argument` when it does not fit; the present one then stays.
   */
  async configure(raw: unknown): Promise<void> {
    const config = this.parser.parse(raw);
    // One after the other: two configurations at once must not interleave their `configured` handlers.
    const previous = this.#configuring;
    const mine = previous.then(() => this.#apply(config));
    this.#configuring = mine.catch(() => undefined);
    await mine;
  }

  /** The configuration in force. @throws PluginError `unavailable` while there is none. */
  config(): Static<T> {
    if (this.#config === undefined) {
      throw new PluginError("unavailable", `${this.definition.basics.name} is waiting for its configuration`);
    }
    return this.#config.value;
  }

  /** Whether the configuration in force takes an optional handler away. */
  withholds(handler: string): boolean {
    if (this.#config === undefined) return false;
    return this.definition.basics.withholds?.(this.#config.value).includes(handler) ?? false;
  }

  /** Lets the plugin release what outlives a call. */
  async stop(): Promise<void> {
    await this.definition.basics.stop?.({ log: this.log, health: this.health, now: this.now });
  }

  async #apply(config: Static<T>): Promise<void> {
    if (this.#config !== undefined && isDeepStrictEqual(this.#config.value, config)) return;
    const { log, health, now } = this;
    await this.definition.basics.configured?.({ config, log, health, now });
    this.#config = { value: config };
    this.health.waiting(false);
  }
}
