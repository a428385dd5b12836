import { ExecutorService } from "@rat/contracts/executor";
import { implementExecutor } from "./implement.ts";
import type { SlotBinding } from "../slot-binding.ts";

/** The executor slot on the wire. */
export const executorBinding: SlotBinding<"executor"> = {
  service: ExecutorService,
  defaultPort: 50061,
  required: ["submit", "cancel"],
  optional: { getRunStatus: "get_run_status", streamLogs: "stream_logs", listRuns: "list_runs" },
  implement: implementExecutor,
};
