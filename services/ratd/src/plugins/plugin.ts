import type { SlotName } from "../config/schema.ts";

/** Where plugins come from; each source registers its own and touches no other's. */
export const PLUGIN_SOURCES = ["config", "directory", "oci", "marketplace", "manifest", "dev"] as const;
export type PluginSource = (typeof PLUGIN_SOURCES)[number];

/** A plugin as its source names it. */
export interface PluginRegistration {
  readonly name: string;
  /** The slot that it fills; null for a plugin that fills none. */
  readonly slot: SlotName | null;
  readonly image: string;
  /** `host:port`. */
  readonly address: string;
}

/** The record of a plugin. How it is, is in the health history. */
export interface Plugin extends PluginRegistration {
  readonly source: PluginSource;
  /** First time its source named it. */
  readonly registeredAt: Date;
  readonly updatedAt: Date;
  /** When its source named it no more; null while it does. */
  readonly removedAt: Date | null;
}
