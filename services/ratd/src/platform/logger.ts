import { pino, type Logger as PinoLogger } from "pino";

/** Structured logger: JSON lines on stderr. */
export type Logger = Pick<PinoLogger, "debug" | "info" | "warn" | "error" | "fatal"> & {
  /** `redact: []` for records without values that are objects: nothing in them can need it. */
  child(bindings: Record<string, unknown>, options?: { readonly redact: string[] }): Logger;
};

/** Log levels, quietest last. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A logger that writes JSON lines to `destination` (default: stderr, synchronously, so that nothing is lost at exit). */
export function createLogger(level: LogLevel, destination?: { write(line: string): void }): PinoLogger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ["*.token", "*.authorization", "*.password", "*.credentials"], censor: "***" },
    },
    destination ?? pino.destination({ fd: 2, sync: true }),
  );
}

/** A logger that drops everything, for tests and tools. */
export const silentLogger: Logger = createLogger("silent");
