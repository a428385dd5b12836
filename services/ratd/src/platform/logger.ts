import { pino, type Logger as PinoLogger } from "pino";
import { isoTime } from "./iso-time.ts";
import { TurnWriter } from "./turn-writer.ts";

/** Structured logger: JSON lines on stderr. */
export type Logger = Pick<PinoLogger, "debug" | "info" | "warn" | "error" | "fatal"> & {
  /** `redact: []` for records without values that are objects: nothing in them can need it. */
  child(bindings: Record<string, unknown>, options?: { readonly redact: string[] }): Logger;
};

/** Log levels, quietest last. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A logger that writes JSON lines to `destination` (default: stderr, at the end of each turn of the event loop). */
export function createLogger(level: LogLevel, destination?: { write(line: string): void }): PinoLogger {
  const time = isoTime();
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${time(Date.now())}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ["*.token", "*.authorization", "*.password", "*.credentials"], censor: "***" },
    },
    destination ?? stderr(),
  );
}

/** Synchronous, and flushed when the process ends, also by an error that nobody caught: nothing is lost. */
function stderr(): TurnWriter {
  const file = pino.destination({ fd: 2, sync: true });
  const writer = new TurnWriter((text) => file.write(text));
  process.once("exit", () => writer.flush());
  return writer;
}

/** A logger that drops everything, for tests and tools. */
export const silentLogger: Logger = createLogger("silent", { write: () => undefined });
