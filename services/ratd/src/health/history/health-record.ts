import type { HealthStatus } from "../health.ts";

/** How a plugin is, as far as this replica knows. */
export interface HealthRecord {
  readonly plugin: string;
  readonly status: HealthStatus;
  /** Why it has this status, for people; empty when there is nothing to say. */
  readonly message: string;
  /** As the plugin reports it; null until it does. */
  readonly version: string | null;
  /** Of the last health check, whatever its result; null before the first. */
  readonly lastHealth: Date | null;
  /** Since when it has had this status. */
  readonly statusSince: Date;
}

/** The result of one health check. */
export interface HealthReport {
  readonly plugin: string;
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
