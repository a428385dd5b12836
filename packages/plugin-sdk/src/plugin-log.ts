import { pino } from "pino";

/** Structured log of a plugin: one JSON object a line on stderr. Stdout carries no protocol and stays free. */
export interface PluginLog {
  debug(details: object, message?: string): void;
  debug(message: string): void;
  info(details: object, message?: string): void;
  info(message: string): void;
  warn(details: object, message?: string): void;
  warn(message: string): void;
  error(details: object, message?: string): void;
  error(message: string): void;
}

/** Levels of the log, quietest last. */
export const PLUGIN_LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** One level of {@link PLUGIN_LOG_LEVELS}. */
export type PluginLogLevel = (typeof PLUGIN_LOG_LEVELS)[number];

/** Which plugin logs, how much, and what must never appear. */
export interface PluginLogOptions {
  readonly name: string;
  readonly slot: string;
  readonly level: PluginLogLevel;
  /** Property names whose values are censored, up to three levels deep. */
  readonly secrets: readonly string[];
  /** Where lines go; stderr, written at once, when absent. */
  readonly destination?: { write(line: string): void };
}

/** Creates the log of one plugin. */
export function createPluginLog(options: PluginLogOptions): PluginLog {
  const names = options.secrets.map((name) => `[${JSON.stringify(name)}]`);
  return pino(
    {
      level: options.level,
      base: { plugin: options.name, slot: options.slot },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: names.flatMap((name) => [name, `*${name}`, `*.*${name}`]), censor: "***" },
    },
    options.destination ?? pino.destination({ fd: 2, sync: true }),
  );
}
