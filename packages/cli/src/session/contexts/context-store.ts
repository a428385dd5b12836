import type { Terminal } from "../../input/terminal.ts";
import { CliError } from "../../output/cli-error.ts";
import { contextPath } from "./context-path.ts";
import { NO_CONTEXTS, type SavedContexts } from "./saved-contexts.ts";

/** The contexts of this user, in their file. */
export class ContextStore {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** The file; undefined for a user without a home. */
  get path(): string | undefined {
    return contextPath(this.#terminal.env);
  }

  /** All contexts. Throws `contexts_unusable` for a file that others may use, or that cannot be read. */
  async read(): Promise<SavedContexts> {
    const { path } = this;
    if (path === undefined) return NO_CONTEXTS;
    const file = await this.#terminal.privateFiles.read(path).catch((cause: unknown) => {
      throw unusable(
        `${path} cannot be read: ${reasonOf(cause)}`,
        [`check who owns it: ls -l ${path}`],
        cause,
      );
    });
    if (file === undefined) return NO_CONTEXTS;
    if (file.exposed !== undefined) throw unusable(file.exposed.how, [file.exposed.remedy]);
    const { parseContexts } = await import("./context-file.ts");
    try {
      return parseContexts(file.text);
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      const steps = [`correct it, or put it aside and sign in anew: mv ${path} ${path}.bad`];
      throw unusable(`${path}: ${cause.message}`, steps);
    }
  }

  /** Changes what is saved then, whatever another rat does meanwhile. */
  async update(
    change: (saved: SavedContexts) => SavedContexts | Promise<SavedContexts>,
  ): Promise<SavedContexts> {
    const { path } = this;
    if (path === undefined) {
      throw unusable("there is no home directory to keep contexts in", ["set RAT_CONFIG_HOME to a folder"]);
    }
    const { privateFiles } = this.#terminal;
    try {
      return await privateFiles.locked(`${path}.lock`, async () => {
        const before = await this.read();
        const after = await change(before);
        if (after === before) return after;
        const { formatContexts } = await import("./context-file.ts");
        await privateFiles.write(path, formatContexts(after));
        return after;
      });
    } catch (cause) {
      if (cause instanceof CliError) throw cause;
      throw unusable(
        `${path} cannot be written: ${reasonOf(cause)}`,
        ["set RAT_CONFIG_HOME to a folder of yours"],
        cause,
      );
    }
  }
}

function unusable(detail: string, steps: readonly string[], cause?: unknown): CliError {
  return new CliError("contexts_unusable", detail, { steps, cause });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
