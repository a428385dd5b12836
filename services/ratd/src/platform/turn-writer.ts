/** More than this is written in the middle of a turn: memory stays bounded, characters. */
const MAX_PENDING = 65_536;

/**
 * Writes at once what one turn of the event loop logs: under load a system call for each line costs more than the lines.
 * `flush` is for the end of the process, after which no turn comes.
 */
export class TurnWriter {
  readonly #write: (text: string) => void;
  #pending = "";

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  write(line: string): void {
    if (this.#pending === "") setImmediate(() => this.flush());
    this.#pending += line;
    if (this.#pending.length > MAX_PENDING) this.flush();
  }

  flush(): void {
    if (this.#pending === "") return;
    const text = this.#pending;
    this.#pending = "";
    this.#write(text);
  }
}
