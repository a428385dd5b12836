import type { LogLine } from "@rat/plugin-sdk";

/** The longest line, in characters; a longer one is cut into several. */
const MAX_LINE = 8192;
/** What a line costs beside its characters, so that a flood of empty lines is bounded as well. */
const LINE_COST = 64;

/** A piece of output, with or without the end of its line, as an engine keeps it. */
export interface LogPiece {
  readonly level: LogLine["level"];
  readonly at: Date;
  readonly text: string;
}

/** Receives a line. */
export type LineSink = (level: LogLine["level"], message: string, at: Date) => void;

/**
 * Makes lines of pieces, in the order of the engine's log, up to a limit. The same pieces give the same lines, so that
 * a log that is read again from its beginning has the same numbers.
 */
export class LogLines {
  readonly #sink: LineSink;
  #left: number;
  #leftOut = 0;
  readonly #rest = { info: "", warn: "" };
  #last = new Date(0);

  /** `limit` is in characters, with 64 more for each line. */
  constructor(limit: number, sink: LineSink) {
    this.#left = limit;
    this.#sink = sink;
  }

  /** True when the limit is reached: what follows is counted only. */
  get full(): boolean {
    return this.#left <= 0;
  }

  add({ level, at, text }: LogPiece): void {
    this.#last = at;
    if (this.full) {
      this.#leftOut += text.length;
      return;
    }
    const stream = level === "warn" ? "warn" : "info";
    const lines = (this.#rest[stream] + text).split("\n");
    let rest = lines.pop() ?? "";
    for (const line of lines) this.#line(stream, line.replace(/\r$/, ""), at);
    // Output without line breaks must not pile up.
    while (rest.length > MAX_LINE) {
      const cut = cutOf(rest);
      this.#emit(stream, rest.slice(0, cut), at);
      rest = rest.slice(cut);
    }
    this.#rest[stream] = rest;
  }

  /** Gives out what had no line break, and says how much was left out. */
  end(): void {
    for (const stream of ["info", "warn"] as const) {
      if (this.#rest[stream] !== "") this.#line(stream, this.#rest[stream], this.#last);
      this.#rest[stream] = "";
    }
    if (this.#leftOut === 0) return;
    const amount = `${(this.#leftOut / 1024 / 1024).toFixed(1)} MiB`;
    this.#sink("warn", `the output is over the limit: at least ${amount} more were left out`, this.#last);
  }

  #line(level: "info" | "warn", line: string, at: Date): void {
    let rest = line;
    while (rest.length > MAX_LINE) {
      const cut = cutOf(rest);
      this.#emit(level, rest.slice(0, cut), at);
      rest = rest.slice(cut);
    }
    this.#emit(level, rest, at);
  }

  #emit(level: "info" | "warn", message: string, at: Date): void {
    if (this.full) {
      this.#leftOut += message.length;
      return;
    }
    this.#left -= message.length + LINE_COST;
    this.#sink(level, message, at);
  }
}

/** Where to cut: never between the halves of one character. */
function cutOf(text: string): number {
  const code = text.charCodeAt(MAX_LINE - 1);
  return code >= 0xd800 && code <= 0xdbff ? MAX_LINE - 1 : MAX_LINE;
}
