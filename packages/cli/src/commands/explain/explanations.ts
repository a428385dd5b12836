import { ERROR_CODES } from "@rat/client";
import { CLI_ERRORS } from "../../output/cli-error.ts";
import { EXIT_CODES } from "../../output/exit-codes.ts";
import { SCOPE_LIST } from "../access/scope-list.ts";
import { SLOT_STATES } from "../slots/slot-states.ts";

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
  ...SCOPE_LIST.map(({ scope, kind, meaning }) => ({
    code: scope,
    kind: `scope of ${kind === "data" ? "the data" : "operators"}`,
    title: meaning,
    try: [
      kind === "data"
        ? "Everybody who is signed in holds it; a key holds it by `rat access keys create --scope`."
        : "A key holds it by `rat access keys create --scope`, a person by a role in role_permissions of rat.yaml.",
    ],
  })),
];
