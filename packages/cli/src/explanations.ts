import { ERROR_CODES } from "@rat/client";
import { CLI_ERRORS } from "./cli-error.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { SLOT_STATES } from "./slot-states.ts";

/** One thing that `rat explain` explains. */
export interface Explanation {
  readonly code: string;
  readonly kind: string;
  readonly title: string;
  readonly try: readonly string[];
}

/** Everything that `rat explain` explains, gathered from the tables that the programs themselves use. */
export const EXPLANATIONS: readonly Explanation[] = [
  ...Object.entries(ERROR_CODES).map(([code, { status, title, remedy }]) => ({
    code,
    kind: `error of ratd, HTTP ${status}`,
    title,
    try: [remedy],
  })),
  ...Object.entries(CLI_ERRORS).map(([code, { exit, title, remedy }]) => ({
    code,
    kind: `error of rat, exit code ${exit}`,
    title,
    try: [remedy],
  })),
  ...Object.entries(SLOT_STATES).map(([code, { sign, meaning, remedy }]) => ({
    code,
    kind: `slot state ${sign}`,
    title: meaning,
    try: [remedy],
  })),
  ...Object.entries(EXIT_CODES).map(([code, title]) => ({ code, kind: "exit code", title, try: [] })),
];
