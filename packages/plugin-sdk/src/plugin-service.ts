import type { JsonObject } from "@bufbuild/protobuf";
import { ConnectError, Code, type ServiceImpl } from "@connectrpc/connect";
import type { PluginService } from "@rat/contracts/plugin";
import type { TSchema } from "typebox";
import { PluginError } from "./plugin-error.ts";
import type { PluginRuntime } from "./plugin-runtime.ts";
import type { Slot } from "./slots/slot-binding.ts";
import { SLOTS } from "./slots/slots.ts";

/** Serves the base contract of a running plugin. */
export function implementPluginService<S extends Slot, T extends TSchema>(
  runtime: PluginRuntime<S, T>,
): ServiceImpl<typeof PluginService> {
  const { name, version } = runtime.definition.basics;
  return {
    healthCheck: () => ({ ...runtime.health.current() }),
    describe: () => ({
      name,
      version,
      contracts: ["rat.plugin.v1", SLOTS[runtime.definition.slot].service.file.proto.package],
      capabilities: capabilities(runtime),
      configSchema: runtime.parser.takesConfig ? toJson(runtime.parser.schema) : undefined,
    }),
    configure: async ({ config }) => {
      try {
        await runtime.configure(config ?? {});
        return {};
      } catch (error) {
        if (error instanceof PluginError) throw error.toWire();
        runtime.log.error({ rpc: "Configure", err: error }, "handler failed");
        throw new ConnectError("internal error in the plugin", Code.Internal);
      }
    },
    watchHealth: async function* (_request, call) {
      for await (const reading of runtime.health.watch(call.signal)) yield { ...reading };
    },
  };
}

function capabilities<S extends Slot, T extends TSchema>(runtime: PluginRuntime<S, T>): string[] {
  const { slot, handlers } = runtime.definition;
  const given: object = handlers;
  const optional = Object.entries(SLOTS[slot].optional).filter(
    ([handler]) => handler in given && !runtime.withholds(handler),
  );
  return ["configure", "watch_health", ...optional.map(([, capability]) => capability)];
}

function toJson(schema: Readonly<Record<string, unknown>>): JsonObject {
  const json: JsonObject = JSON.parse(JSON.stringify(schema));
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...json };
}
