import { rawStream } from "../conformance-planted.ts";
import type { PlantedFault } from "./planted-fault.ts";

/** What an enforcement plugin may do wrong. */
export const ENFORCEMENT_FAULTS: readonly PlantedFault[] = [
  {
    fault: "an explanation of its own mind",
    slot: "enforcement",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "Explain") return undefined;
      const { json } = await forward();
      return { ...json, allowed: true };
    },
    found: ["enforcement/explain-agrees"],
  },
  {
    fault: "a sufficient path for what is denied",
    slot: "enforcement",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "Explain") return undefined;
      const { json } = await forward();
      return { ...json, paths: [{ source: "grant", sufficient: true }] };
    },
    found: ["enforcement/explain-agrees"],
  },
  {
    fault: "a stream of invalidations that ends after its first message",
    slot: "enforcement",
    spoil: ({ rpc }) => (rpc === "WatchInvalidations" ? rawStream({ revision: "1" }) : undefined),
    found: ["enforcement/watch-invalidations"],
  },
  {
    fault: "a stream of invalidations without a word",
    slot: "enforcement",
    spoil: ({ rpc }) => (rpc === "WatchInvalidations" ? "hang" : undefined),
    found: ["enforcement/watch-invalidations"],
  },
  {
    fault: "owners may do everything, which this run does not expect",
    slot: "enforcement",
    spoil: ({ rpc, request }) =>
      rpc === "CanAccess" && request.ownerId === request.userId && request.userId
        ? { allowed: true }
        : undefined,
    found: ["enforcement/owner-and-ancestors", "enforcement/explain-agrees"],
  },
  {
    fault: "an unknown caller may do what somebody known may not",
    slot: "enforcement",
    spoil: ({ rpc, request }) =>
      rpc === "CanAccess" && request.userId === "anonymous" && request.action === "share"
        ? { allowed: true }
        : undefined,
    found: ["enforcement/anonymous"],
  },
  {
    fault: "a batch out of order",
    slot: "enforcement",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "BatchCanAccess") return undefined;
      const { json } = await forward();
      return { results: (json.results as unknown[]).toReversed() };
    },
    found: ["enforcement/batch-in-order"],
  },
  {
    fault: "a batch that is cut short",
    slot: "enforcement",
    spoil: ({ rpc }) => (rpc === "BatchCanAccess" ? {} : undefined),
    found: ["enforcement/batch-in-order", "enforcement/batch-of-1000"],
  },
];
