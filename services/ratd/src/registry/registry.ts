import type { HealthStatus } from "../health/health.ts";

/** A plugin as rat.yaml names it. */
export interface PluginRegistration {
  readonly name: string;
  readonly slot: string;
  readonly image: string;
  readonly address: string;
}

/** A plugin with all that is known about it. */
export interface PluginRecord extends PluginRegistration {
  readonly status: HealthStatus;
  /** Why it has this status, for people; empty when there is nothing to say. */
  readonly message: string;
  /** As the plugin reports it; null until it does. */
  readonly version: string | null;
  /** Of the last health check, whatever its result; null before the first. */
  readonly lastHealth: Date | null;
  /** Since when it has had this status. */
  readonly statusSince: Date;
  /** First time it was in rat.yaml. */
  readonly registeredAt: Date;
  readonly updatedAt: Date;
  /** When it left rat.yaml; null while it is there. */
  readonly removedAt: Date | null;
}

/** The result of one health check. */
export interface HealthReport {
  readonly name: string;
  readonly status: HealthStatus;
  readonly message: string;
  readonly checkedAt: Date;
}

/** A change of status. */
export interface HealthEvent {
  readonly id: string;
  readonly plugin: string;
  readonly from: HealthStatus;
  readonly to: HealthStatus;
  readonly message: string;
  readonly at: Date;
}

/** The plugins that this ratd knows, and how they have been. Writing never waits for the store and never fails. */
export interface Registry extends AsyncDisposable {
  /** Takes over the plugins of rat.yaml, with status unknown; those that left it are marked as removed. */
  register(plugins: readonly PluginRegistration[]): void;
  /** Takes over a health check; a change of status becomes history. Unknown names are ignored. */
  recordHealth(report: HealthReport): void;
  /** Takes over the version that a plugin reports. */
  recordVersion(name: string, version: string | null): void;
  /** All plugins, removed ones too, by name. */
  list(): readonly PluginRecord[];
  get(name: string): PluginRecord | undefined;
  /** Changes of status, newest first; what this process remembers while the store is down. Default limit 100. */
  history(name: string, limit?: number): Promise<readonly HealthEvent[]>;
  /** Resolves when all that was recorded before the call is stored. */
  flushed(): Promise<void>;
}
