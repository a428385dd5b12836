import { createClient, createRouterTransport, type Client } from "@connectrpc/connect";
import { PluginService } from "@rat/contracts/plugin";
import type { TSchema } from "typebox";
import type { PluginDefinition } from "./define-plugin.ts";
import type { HealthReading } from "./health-reporter.ts";
import { createPluginLog } from "./plugin-log.ts";
import { PluginRuntime } from "./plugin-runtime.ts";
import { pluginServices } from "./plugin-services.ts";
import { secretNames } from "./secret.ts";
import type { Slot, SlotServices } from "./slots/slot-binding.ts";
import { SLOTS } from "./slots/slots.ts";

/** What a test decides about the plugin's surroundings. */
export interface TestPluginOptions {
  /** The configuration; absent means the defaults, or none when the defaults do not suffice. */
  readonly config?: unknown;
  /** The time that handlers see; the system's when absent. */
  readonly now?: () => Date;
  /** Receives the plugin's log lines; dropped when absent. */
  readonly log?: { write(line: string): void };
}

/** A plugin inside the test's process. */
export interface TestedPlugin<S extends Slot> extends AsyncDisposable {
  /** Typed client of the slot's service. Messages are encoded and decoded as on a wire. */
  readonly client: Client<SlotServices[S]>;
  /** Typed client of the base contract. */
  readonly plugin: Client<typeof PluginService>;
  /** The plugin's health now. */
  health(): HealthReading;
}

/** Runs a plugin in the same process, without a port. */
export async function testPlugin<S extends Slot, T extends TSchema>(
  definition: PluginDefinition<S, T>,
  options: TestPluginOptions = {},
): Promise<TestedPlugin<S>> {
  const { slot, basics } = definition;
  const level = options.log === undefined ? "silent" : "debug";
  const log = createPluginLog({
    name: basics.name,
    slot,
    level,
    secrets: secretNames(basics.config),
    destination: options.log,
  });
  const runtime = new PluginRuntime(definition, { log, now: options.now ?? (() => new Date()) });
  await runtime.start(options.config);
  const transport = createRouterTransport(pluginServices(runtime).routes);
  const service: SlotServices[S] = SLOTS[slot].service;
  return {
    client: createClient(service, transport),
    plugin: createClient(PluginService, transport),
    health: () => runtime.health.current(),
    [Symbol.asyncDispose]: () => runtime.stop(),
  };
}
