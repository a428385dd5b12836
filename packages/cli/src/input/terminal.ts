import type { PrivateFiles } from "../files/private-files.ts";

/** Everything a command knows of the world around it: streams, environment, time. Tests bring their own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether people look at stdout: decides colours and redrawing. */
  readonly isTerminal: boolean;
  /** Whether people look at stderr: decides whether a status line is redrawn there. */
  readonly errIsTerminal: boolean;
  /** Writes data to stdout. */
  out(text: string): void;
  /** Writes messages to stderr. */
  err(text: string): void;
  /** Content of a file; `-` is stdin. */
  read(path: string): Promise<string>;
  /** Content of a file, read as it is used. */
  open(path: string): Promise<Blob>;
  /** Writes a file, whole or not at all; `-` is stdout. */
  save(path: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Files that only their owner may read. */
  readonly privateFiles: PrivateFiles;
  /** Whether somebody is there to answer {@link ask}. */
  readonly canAsk: boolean;
  /** Asks on stderr; the line that was typed. */
  ask(question: string): Promise<string>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when that comes first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Aborted, with the error to report, when the user interrupts. */
  readonly interrupted: AbortSignal;
}
