import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { LogLine, RunReports } from "@rat/plugin-sdk";

/** Output without a line break that waits for one, in characters. */
const MAX_UNBROKEN = 65_536;
/** What a line costs beside its text: empty lines must count too. */
const LINE_COST = 64;

/** The output of a run: lines up to a limit; what is beyond is read and left out, so that no program waits. */
export class RunOutput {
  readonly #reports: Pick<RunReports, "line">;
  readonly #limit: number;
  #taken = 0;
  #leftOut = 0;

  constructor(reports: Pick<RunReports, "line">, limit: number) {
    this.#reports = reports;
    this.#limit = limit;
  }

  /** Takes one line that the runner itself says. */
  say(level: LogLine["level"], text: string): void {
    this.#reports.line(level, text);
  }

  /** Follows a stream to its end. */
  collect(stream: Readable, level: LogLine["level"]): void {
    const decoder = new StringDecoder("utf8");
    let rest = "";
    stream.on("error", () => undefined);
    stream.on("data", (chunk: Buffer) => {
      if (this.#taken >= this.#limit) {
        this.#leftOut += chunk.length;
        return;
      }
      const lines = (rest + decoder.write(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(level, line);
      if (rest.length > MAX_UNBROKEN) {
        this.#take(level, rest);
        rest = "";
      }
    });
    stream.once("end", () => {
      if (rest !== "") this.#take(level, rest);
    });
  }

  /** Says at the end what was left out. */
  finish(): void {
    if (this.#leftOut === 0) return;
    this.#reports.line(
      "warn",
      `output limit of ${this.#limit} bytes reached; ${this.#leftOut} bytes left out`,
    );
  }

  #take(level: LogLine["level"], text: string): void {
    const line = text.endsWith("\r") ? text.slice(0, -1) : text;
    const size = Buffer.byteLength(line);
    if (this.#taken >= this.#limit) {
      this.#leftOut += size + 1;
      return;
    }
    this.#taken += size + LINE_COST;
    this.#reports.line(level, line);
  }
}
