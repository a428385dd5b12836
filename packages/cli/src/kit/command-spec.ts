import type { Client } from "@rat/client";
import type { Flags } from "../input/flags.ts";
import type { Settings } from "../input/settings.ts";
import type { Terminal } from "../input/terminal.ts";
import type { ExitCode } from "../output/exit-codes.ts";
import type { View } from "../output/view.ts";
import type { ContextStore } from "../session/contexts/context-store.ts";
import type { Target } from "../session/target.ts";

/** What a command gets to work with. */
export interface CommandContext {
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly settings: Settings;
  readonly terminal: Terminal;
  /** The contexts of the user. */
  readonly contexts: ContextStore;
  /** The ratd of this command line, and what the user is known by there. */
  target(): Promise<Target>;
  /** A client of that ratd. `timeoutMs` is the limit of one request. */
  connect(options?: { timeoutMs?: number }): Promise<Client>;
  /** Prints what the command found, in the format that the user chose. */
  show(view: View): Promise<void>;
  /** Says something to people, on stderr, unless --quiet. */
  say(message: string): void;
}

/** The work of one command; one file each, in the folder of its noun under commands/. */
type Command = (context: CommandContext) => Promise<ExitCode>;

/** One option of a command, as commander writes it. */
export interface OptionSpec {
  /** For example `-f, --follow` or `--slot <slot>`. */
  readonly flags: string;
  readonly description: string;
  /** True for an option that may be given several times; its value is then a list. */
  readonly repeats?: boolean;
}

/** One command: what help, completion and the reference page show, and how its work is loaded. */
export interface CommandSpec {
  /** The words after `rat`, for example `slots show`. */
  readonly path: string;
  /** For example `<slot>`; square brackets mark what may be left out. */
  readonly args: readonly string[];
  readonly summary: string;
  /** More than the summary, in whole sentences. */
  readonly description?: string;
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** True for a command whose result is a list of checks: junit and github-actions are formats of it. */
  readonly isCheck?: boolean;
  /** Loads the work only when it is asked for, so that `rat` starts fast. */
  readonly load: () => Promise<Command>;
}
