import type { Terminal } from "../../input/terminal.ts";
import { printable } from "../../output/printable.ts";

const CLEAR_LINE = "\r\u001B[2K";
const DEFAULT_COLUMNS = 100;

/**
 * How a run goes, on stderr: one line that is redrawn where people look at it, elsewhere a plain line whenever
 * something other than the time has changed.
 */
export class StatusLine {
  readonly #terminal: Terminal;
  readonly #quiet: boolean;
  #shown = "";
  #said = "";

  constructor(terminal: Terminal, quiet: boolean) {
    this.#terminal = terminal;
    this.#quiet = quiet;
  }

  /** Says `text`; `elapsed` alone is no news off a terminal. */
  set(text: string, elapsed: string): void {
    if (this.#quiet) return;
    const plain = printable(text);
    if (!this.#terminal.errIsTerminal) {
      if (plain !== this.#said) this.#terminal.err(`${plain}\n`);
      this.#said = plain;
      return;
    }
    const columns = Number(this.#terminal.env["COLUMNS"] ?? "") || DEFAULT_COLUMNS;
    this.#shown = Array.from(`${plain}  ${elapsed}`)
      .slice(0, columns - 1)
      .join("");
    this.#terminal.err(CLEAR_LINE + this.#shown);
  }

  /** Writes something else in place of the line, and the line below it again. */
  around(write: () => void): void {
    if (this.#shown !== "") this.#terminal.err(CLEAR_LINE);
    write();
    if (this.#shown !== "") this.#terminal.err(this.#shown);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown !== "") this.#terminal.err(CLEAR_LINE);
    this.#shown = "";
  }
}
