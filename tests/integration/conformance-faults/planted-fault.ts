import type { ConformanceSlot } from "@rat/conformance";
import type { PlantedCall, Spoiled } from "../conformance-planted.ts";

/** A plugin of a slot that does one thing wrong. */
export interface PlantedFault {
  readonly fault: string;
  readonly slot: ConformanceSlot;
  readonly spoil: (call: PlantedCall) => Promise<Spoiled> | Spoiled;
  /** The cases that find the fault, and no others. */
  readonly found: readonly string[];
}
