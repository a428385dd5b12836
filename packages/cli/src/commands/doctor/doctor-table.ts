import type { CommandSpec } from "../../kit/command-spec.ts";

/** The command that looks for what is wrong. */
export const DOCTOR_COMMANDS: readonly CommandSpec[] = [
  {
    path: "doctor",
    args: [],
    summary: "Look for what is wrong or risky, and say what to do",
    description: "Exits 1 when a check fails; warnings leave it 0.",
    options: [],
    examples: ["rat doctor", "rat doctor -o junit > doctor.xml", "rat doctor -o github-actions"],
    isCheck: true,
    load: async () => (await import("./doctor.ts")).doctor,
  },
];
