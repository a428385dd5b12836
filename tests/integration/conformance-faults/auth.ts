import type { PlantedFault } from "./planted-fault.ts";

/** What an auth plugin may do wrong. */
export const AUTH_FAULTS: readonly PlantedFault[] = [
  {
    fault: "status ok",
    slot: "auth",
    spoil: ({ rpc }) => (rpc === "HealthCheck" ? { status: "ok" } : undefined),
    found: [
      "health/status",
      "health/malformed-body",
      "health/deadline",
      "health/concurrent-calls",
      "robust/large-body",
      "robust/wrong-content-type",
      "robust/abandoned-request",
      "robust/cancelled-calls",
    ],
  },
  {
    fault: "authenticates everyone",
    slot: "auth",
    spoil: ({ rpc }) => (rpc === "Authenticate" ? { user_id: "alice" } : undefined),
    found: [
      "health/malformed-body",
      "auth/garbage-token",
      "auth/empty-token",
      "auth/odd-tokens",
      "auth/token-of-16-kib",
      "auth/near-miss",
      "auth/concurrent-identities",
    ],
  },
  {
    fault: "empty user_id",
    slot: "auth",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "Authenticate") return undefined;
      const { status } = await forward();
      return status === 200 ? { user_id: "" } : undefined;
    },
    found: ["auth/valid-token"],
  },
  {
    fault: "an identity that has ended",
    slot: "auth",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "Authenticate") return undefined;
      const { status, json } = await forward();
      return status === 200 ? { ...json, expiresAt: "1" } : undefined;
    },
    found: ["auth/valid-token"],
  },
];
