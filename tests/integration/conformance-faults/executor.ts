import type { PlantedFault } from "./planted-fault.ts";

/** What an executor plugin may do wrong. */
export const EXECUTOR_FAULTS: readonly PlantedFault[] = [
  {
    fault: "a submit that starts the run again",
    slot: "executor",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "Submit") return undefined;
      const { status, json } = await forward();
      // As an executor would answer that starts anew for each Submit: the new start is running.
      return status === 200 ? { ...json, status: "RUN_STATUS_RUNNING" } : undefined;
    },
    found: [
      "executor/submit-runs",
      "executor/submit-is-idempotent",
      "executor/cancel",
      "executor/deadline",
      "executor/status",
    ],
  },
  {
    fault: "no regard for epochs",
    slot: "executor",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "Submit") return undefined;
      const { status, json } = await forward({ ...request, epoch: "7" });
      return status === 200 ? json : undefined;
    },
    found: ["executor/lower-epoch"],
  },
  {
    fault: "a cancel that does nothing",
    slot: "executor",
    spoil: ({ rpc }) => (rpc === "Cancel" ? { cancelled: true } : undefined),
    found: ["executor/cancel", "executor/cancel-unknown"],
  },
];
