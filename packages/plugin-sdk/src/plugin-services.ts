import {
  createServiceImplSpec,
  type ConnectRouter,
  type MethodImplSpec,
  type ServiceImpl,
} from "@connectrpc/connect";
import { PluginService } from "@rat/contracts/plugin";
import type { DescService } from "@bufbuild/protobuf";
import type { TSchema } from "typebox";
import { createCalls } from "./create-calls.ts";
import { implementPluginService } from "./plugin-service.ts";
import type { PluginRuntime } from "./plugin-runtime.ts";
import type { Slot } from "./slots/slot-binding.ts";
import { SLOTS } from "./slots/slots.ts";

/** Both services of a running plugin, implemented. */
export interface PluginServices {
  /** Every method of both, those that the plugin does not implement too. */
  readonly methods: readonly MethodImplSpec[];
  /** Registers them, on a port or in the same process. */
  routes(router: ConnectRouter): void;
}

/** Implements the base contract and the slot of a running plugin. */
export function pluginServices<S extends Slot, T extends TSchema>(
  runtime: PluginRuntime<S, T>,
): PluginServices {
  const { slot, handlers } = runtime.definition;
  const binding = SLOTS[slot];
  const service: DescService = binding.service;
  const calls = createCalls(runtime, () => runtime.config());
  const base = implementPluginService(runtime);
  const implementation: Partial<ServiceImpl<DescService>> = binding.implement(handlers, calls);
  const specs = [
    createServiceImplSpec<typeof PluginService>(PluginService, base),
    createServiceImplSpec(service, implementation),
  ];
  return {
    methods: specs.flatMap(({ methods }) => Object.values(methods)),
    routes: (router) => {
      router.service(PluginService, base);
      router.service(service, implementation);
    },
  };
}
