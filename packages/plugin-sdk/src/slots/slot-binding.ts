import type { ServiceImpl } from "@connectrpc/connect";
import type { AuthService } from "@rat/contracts/auth";
import type { CloudService } from "@rat/contracts/cloud";
import type { EnforcementService } from "@rat/contracts/enforcement";
import type { ExecutorService } from "@rat/contracts/executor";
import type { SharingService } from "@rat/contracts/sharing";
import type { Calls } from "../calls.ts";
import type { AuthHandlers } from "./auth/handlers.ts";
import type { CloudHandlers } from "./cloud/handlers.ts";
import type { EnforcementHandlers } from "./enforcement/handlers.ts";
import type { ExecutorHandlers } from "./executor/handlers.ts";
import type { SharingHandlers } from "./sharing/handlers.ts";

/** The handlers of each slot, for a configuration of type C. */
export interface SlotHandlers<C> {
  auth: AuthHandlers<C>;
  executor: ExecutorHandlers<C>;
  sharing: SharingHandlers<C>;
  enforcement: EnforcementHandlers<C>;
  cloud: CloudHandlers<C>;
}

/** The five places where a plugin can take part. */
export type Slot = keyof SlotHandlers<unknown>;

/** The generated service of each slot. */
export interface SlotServices {
  auth: typeof AuthService;
  executor: typeof ExecutorService;
  sharing: typeof SharingService;
  enforcement: typeof EnforcementService;
  cloud: typeof CloudService;
}

/** How one slot meets the wire. Each slot folder exports one of these; the table in `slots.ts` lists them. */
export interface SlotBinding<S extends Slot> {
  /** The generated service. */
  readonly service: SlotServices[S];
  /** The port that plugins of the slot listen on when nothing else is said. */
  readonly defaultPort: number;
  /** Handlers without which the plugin is not of this slot. */
  readonly required: readonly string[];
  /** Handlers that may be absent, and the capability that each announces in Describe. */
  readonly optional: Readonly<Record<string, string>>;
  /** Serves the generated service from handlers in domain words. */
  readonly implement: <C>(
    handlers: SlotHandlers<C>[S],
    calls: Calls<C>,
  ) => Partial<ServiceImpl<SlotServices[S]>>;
}
