/** Everything a command knows of the world around it: streams, environment, time. Tests bring their own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether people look at stdout: decides colours and redrawing. */
  readonly isTerminal: boolean;
  /** Writes data to stdout. */
  out(text: string): void;
  /** Writes messages to stderr. */
  err(text: string): void;
  /** Content of a file; `-` is stdin. */
  read(path: string): Promise<string>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when that comes first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Aborted, with the error to report, when the user interrupts. */
  readonly interrupted: AbortSignal;
}
