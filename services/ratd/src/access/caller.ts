import type { CallContext } from "../slots/slot.ts";
import type { SlotSnapshot } from "../slots/slot-snapshot.ts";
import type { Principal } from "./principal.ts";

/** Somebody who asks ratd for something, and the circumstances under which they are answered. */
export interface Caller extends CallContext {
  readonly principal: Principal;
  /** The slots as they stood when they asked. */
  readonly slots: SlotSnapshot;
}
