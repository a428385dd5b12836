import type { CommandSpec } from "../../kit/command-spec.ts";
import { YES } from "../../kit/confirm.ts";

/** The commands about who one is. */
export const LOGIN_COMMANDS: readonly CommandSpec[] = [
  {
    path: "login",
    args: [],
    summary: "Sign in, and keep the session in a context",
    description:
      "Asks ratd for its OpenID provider, shows an address and a code, and waits until you have confirmed it in a browser, " +
      "on any machine, at most --timeout. The session is renewed by itself. With --api-key or --token it keeps what a file holds. " +
      "Nothing is kept that ratd does not take. Secrets come from files and stdin, never from the command line.",
    options: [
      { flags: "--api-key <file>", description: "keep the API key in this file, - for stdin" },
      { flags: "--token <file>", description: "keep the token in this file, - for stdin" },
    ],
    examples: [
      "rat login --addr https://rat.example",
      "rat login --context staging",
      "rat login --api-key - < bootstrap-key",
    ],
    load: async () => (await import("./login.ts")).login,
  },
  {
    path: "logout",
    args: [],
    summary: "Forget the credential of the context, and end its session at the provider",
    description: "The context stays. API keys go on to work elsewhere: `rat access keys revoke` ends them.",
    options: [YES],
    examples: ["rat logout", "rat logout --context staging --yes"],
    load: async () => (await import("./logout.ts")).logout,
  },
  {
    path: "whoami",
    args: [],
    summary: "Who ratd takes you for, and what you may try",
    options: [],
    examples: ["rat whoami", "rat whoami -o json"],
    load: async () => (await import("./whoami.ts")).whoami,
  },
];
