import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

/** What a `rat` process finds beside the words of its command line. */
export interface CliSurroundings {
  /** Over the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** What comes on stdin; default: nothing. */
  readonly input?: string;
}

/** The real `rat` command against one ratd. */
export class CliProcess {
  readonly #child: ChildProcess;
  /** Resolves to the exit code when the process has ended and its output has been read. */
  readonly exit: Promise<number | null>;
  stdout = "";
  stderr = "";

  constructor(url: string, words: readonly string[], { env: more, input = "" }: CliSurroundings = {}) {
    const env = { ...process.env, RAT_ADDR: url, ...more };
    const child = spawn(process.execPath, [MAIN, ...words], { env, stdio: "pipe" });
    child.stdin.on("error", () => undefined).end(input);
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#child = child;
    const { promise, resolve } = Promise.withResolvers<number | null>();
    child.once("close", resolve);
    this.exit = promise;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
