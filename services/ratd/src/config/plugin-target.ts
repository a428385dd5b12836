import type { TlsTexts } from "../platform/connection/dial.ts";
import type { Protocol } from "../platform/connection/wire.ts";
import type { HostPort } from "../platform/host-port.ts";

/** When a plugin is asked for its health, and what its silence means. */
export interface HealthTimes {
  /** Between two checks of a plugin that serves, milliseconds. */
  readonly intervalMs: number;
  /** Limit for each check, milliseconds. */
  readonly timeoutMs: number;
  /** Confirmed failures in a row until it counts as down. */
  readonly failureThreshold: number;
}

/** How one reaches a plugin, wherever it came from and whatever it is for. */
export interface PluginTarget {
  readonly address: HostPort;
  readonly tls: TlsTexts | undefined;
  readonly protocol: Protocol;
  readonly dialTimeoutMs: number;
  readonly rpcTimeoutMs: number;
  readonly health: HealthTimes;
}
