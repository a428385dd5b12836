export { systemClock, type ProcessClock } from "./process-clock.ts";
export { endProcess, type Endable, type EndStep } from "./end-process.ts";
export { makePassage } from "./passage.ts";
export {
  identify,
  presenceOf,
  signalProcess,
  type Presence,
  type ProcessIdentity,
} from "./process-identity.ts";
export { readProcess, type ProcessInfo } from "./process-info.ts";
export { firstBarrier, type Account } from "./reach.ts";
