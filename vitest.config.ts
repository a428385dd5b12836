import { defineConfig } from "vitest/config";

// Tests of one project run side by side; a test file that kills processes or counts sockets owns its own.
/** What tests across processes have in common: one PostgreSQL, and patience. */
const acrossProcesses = {
  globalSetup: ["tests/support/postgres-setup.ts"],
  testTimeout: 60_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "services/*/src/**/*.test.ts", "infra/**/*.test.ts"],
          // A busy machine is no failure.
          testTimeout: 30_000,
        },
      },
      { test: { name: "architecture", include: ["tests/architecture/**/*.test.ts"], testTimeout: 30_000 } },
      {
        test: {
          name: "integration",
          include: ["tests/{integration,e2e}/**/*.test.ts"],
          ...acrossProcesses,
          // They wait for other processes more than they compute: more of them than cores.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "faults",
          include: ["tests/faults/**/*.test.ts"],
          ...acrossProcesses,
          // They keep the cores busy, and hold promises about time: after the others, fewer at a time.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
