import type { Terminal } from "../input/terminal.ts";
import type { ExitCode } from "../output/exit-codes.ts";
import { run } from "../run.ts";
import { FakePrivateFiles } from "./fake-private-files.ts";

/** 2026-01-15 12:00 UTC: when tests of commands happen. */
const NOW = Date.parse("2026-01-15T12:00:00.000Z");

/** A terminal that keeps what was written and whose time goes on only by sleeping. */
export class FakeTerminal implements Terminal {
  readonly env: Record<string, string | undefined> = { HOME: "/home/u" };
  readonly files = new Map<string, string>();
  isTerminal = false;
  errIsTerminal = false;
  privateFiles = new FakePrivateFiles();
  /** What is typed at the next question; undefined while nobody is there. */
  typed: string | undefined;
  stdout = "";
  stderr = "";
  /** Called at each sleep, for what happens meanwhile. */
  onSleep: () => void = () => {};
  readonly #interrupt = new AbortController();
  #now = NOW;

  get interrupted(): AbortSignal {
    return this.#interrupt.signal;
  }

  interrupt(reason: Error): void {
    this.#interrupt.abort(reason);
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  read(path: string): Promise<string> {
    const content = this.files.get(path);
    return content === undefined ? Promise.reject(new Error(`no file ${path}`)) : Promise.resolve(content);
  }

  async open(path: string): Promise<Blob> {
    return new Blob([await this.read(path)]);
  }

  async save(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    if (path === "-") this.out(text);
    else this.files.set(path, text);
  }

  get canAsk(): boolean {
    return this.typed !== undefined;
  }

  ask(question: string): Promise<string> {
    this.stderr += question;
    return Promise.resolve(this.typed ?? "");
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.#now += ms;
    this.onSleep();
    // Real time goes on a little, so that what the network carries arrives.
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    signal.throwIfAborted();
  }
}

/** What one command line did. */
export interface RunResult {
  readonly exit: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `rat` with these words against `address`. */
export async function rat(
  words: readonly string[],
  /** Empty for none. */
  address: string,
  terminal = new FakeTerminal(),
): Promise<RunResult> {
  if (address !== "") terminal.env["RAT_ADDR"] ??= address;
  const exit = await run(words, terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}
