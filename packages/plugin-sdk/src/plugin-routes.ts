import type { ConnectRouter, ServiceImpl } from "@connectrpc/connect";
import { PluginService } from "@rat/contracts/plugin";
import type { DescService } from "@bufbuild/protobuf";
import type { TSchema } from "typebox";
import { createCalls } from "./calls.ts";
import { implementPluginService } from "./plugin-service.ts";
import type { PluginRuntime } from "./plugin-runtime.ts";
import type { Slot } from "./slots/slot-binding.ts";
import { SLOTS } from "./slots/slots.ts";

/** Registers both services of a running plugin, on a port or in the same process. */
export function pluginRoutes<S extends Slot, T extends TSchema>(
  runtime: PluginRuntime<S, T>,
): (router: ConnectRouter) => void {
  const { slot, handlers } = runtime.definition;
  const binding = SLOTS[slot];
  const service: DescService = binding.service;
  const calls = createCalls(runtime, () => runtime.config());
  const implementation: Partial<ServiceImpl<DescService>> = binding.implement(handlers, calls);
  return (router) => {
    router.service(PluginService, implementPluginService(runtime));
    router.service(service, implementation);
  };
}
