import type { CommandSpec } from "../../kit/command-spec.ts";

/** The commands about ratd as a whole. */
export const RATD_COMMANDS: readonly CommandSpec[] = [
  {
    path: "status",
    args: [],
    summary: "One-screen summary of ratd and its slots",
    description: "Uses the open route /health only, so it works without a token.",
    options: [
      { flags: "--watch", description: "go on showing it: redraw on a terminal, else a line per change" },
    ],
    examples: ["rat status", "rat status --watch", "rat status -o json"],
    load: async () => (await import("./status.ts")).status,
  },
  {
    path: "health",
    args: [],
    summary: "Health of ratd, its services and plugins",
    description: "Exits 1 while ratd says it is degraded. With --wait, exits 8 when it is not ready in time.",
    options: [{ flags: "--wait", description: "wait until ratd is ready, at most --timeout (default 60s)" }],
    examples: ["rat health", "rat health --wait --timeout 60s"],
    load: async () => (await import("./health.ts")).health,
  },
  {
    path: "features",
    args: [],
    summary: "The feature flags of ratd",
    options: [],
    examples: ["rat features", "rat features -o json"],
    load: async () => (await import("./features.ts")).features,
  },
];
