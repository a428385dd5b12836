import type { SlotDefinition } from "../slot.ts";
import { builtinExecutor } from "./builtin-executor.ts";
import type { ExecutorPort } from "./executor.ts";
import { remoteExecutor } from "./remote-executor.ts";

/** The executor slot. */
export const executorSlot: SlotDefinition<ExecutorPort> = {
  name: "executor",
  remote: remoteExecutor,
  builtin: builtinExecutor,
  builtinBehaviour: "The warm pool of runners takes the runs.",
};
