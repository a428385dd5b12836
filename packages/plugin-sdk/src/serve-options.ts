import { readFileSync } from "node:fs";
import type { TlsFiles } from "./one-port-server.ts";
import { PLUGIN_LOG_LEVELS, type PluginLogLevel } from "./plugin-log.ts";

/** How to serve a plugin. An option wins over its environment variable, which wins over the default. */
export interface ServeOptions {
  /** Port, 0 for any free one. `RAT_PLUGIN_PORT` or `PORT`; else the slot's own. */
  readonly port?: number;
  /** Address to listen on. `RAT_PLUGIN_HOST`; else 127.0.0.1: a plugin opens to others only when told to. */
  readonly host?: string;
  /** Configuration until ratd sends one. `RAT_PLUGIN_CONFIG` (JSON). */
  readonly config?: unknown;
  /** Mutual TLS. `RAT_PLUGIN_TLS_CERT`, `RAT_PLUGIN_TLS_KEY`, `RAT_PLUGIN_TLS_CA` (paths, all three). */
  readonly tls?: TlsFiles;
  /** Level of the log. `RAT_LOG_LEVEL`; else info. */
  readonly logLevel?: PluginLogLevel;
  /** Ends the plugin as SIGTERM does, without ending the process. With it, the SDK leaves process signals alone. */
  readonly signal?: AbortSignal;
  /** How long calls in flight may take to finish at the end, in milliseconds; 10,000 by default. */
  readonly drainMs?: number;
  /** The environment; the process's own by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Options with every decision taken. */
export interface ServeSettings {
  readonly port: number;
  readonly host: string;
  readonly config: unknown;
  readonly tls: TlsFiles | undefined;
  readonly logLevel: PluginLogLevel;
  readonly drainMs: number;
}

/** Resolves options, environment and defaults. @throws PluginStartError that names the faulty variable. */
export function resolveServeOptions(options: ServeOptions, defaultPort: number): ServeSettings {
  const env = options.env ?? process.env;
  return {
    port: options.port ?? portOf(env) ?? defaultPort,
    host: options.host ?? (env.RAT_PLUGIN_HOST || "127.0.0.1"),
    config: options.config ?? configOf(env.RAT_PLUGIN_CONFIG),
    tls: options.tls ?? tlsOf(env),
    logLevel: options.logLevel ?? levelOf(env.RAT_LOG_LEVEL),
    drainMs: options.drainMs ?? 10_000,
  };
}

/** A plugin that cannot start; the message says what to change. */
export class PluginStartError extends Error {
  override readonly name = "PluginStartError";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    // Node prints the stack of an error that ends the process; here only the message helps its reader.
    this.stack = `${this.name}: ${message}`;
  }
}

type Env = Readonly<Record<string, string | undefined>>;

function portOf(env: Env): number | undefined {
  for (const name of ["RAT_PLUGIN_PORT", "PORT"]) {
    const text = env[name];
    if (text === undefined || text === "") continue;
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new PluginStartError(
        `${name} must be a port number from 0 to 65535, not ${JSON.stringify(text)}`,
      );
    }
    return port;
  }
  return undefined;
}

function configOf(text: string | undefined): unknown {
  if (text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold secrets.
    throw new PluginStartError("RAT_PLUGIN_CONFIG is not valid JSON");
  }
}

function tlsOf(env: Env): TlsFiles | undefined {
  const { RAT_PLUGIN_TLS_CERT: cert, RAT_PLUGIN_TLS_KEY: key, RAT_PLUGIN_TLS_CA: ca } = env;
  if (!cert && !key && !ca) return undefined;
  if (!cert || !key || !ca) {
    throw new PluginStartError(
      "set all of RAT_PLUGIN_TLS_CERT, RAT_PLUGIN_TLS_KEY and RAT_PLUGIN_TLS_CA, or none",
    );
  }
  for (const file of [cert, key, ca]) {
    try {
      readFileSync(file);
    } catch (error) {
      throw new PluginStartError(`cannot read the TLS file ${file}`, { cause: error });
    }
  }
  return { cert, key, ca };
}

function levelOf(text: string | undefined): PluginLogLevel {
  if (text === undefined || text === "") return "info";
  const level = PLUGIN_LOG_LEVELS.find((known) => known === text);
  if (level === undefined) {
    throw new PluginStartError(
      `RAT_LOG_LEVEL must be one of ${PLUGIN_LOG_LEVELS.join(", ")}, not ${JSON.stringify(text)}`,
    );
  }
  return level;
}
