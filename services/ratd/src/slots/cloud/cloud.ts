import type { Identity } from "../auth/auth.ts";
import type { CallContext } from "../slot.ts";

/** The providers that the contract names. */
export const CLOUD_PROVIDERS = ["aws", "gcp", "azure"] as const;
export type CloudProvider = (typeof CLOUD_PROVIDERS)[number];

/** Temporary credentials. Secret: never logged, never stored. */
export interface Credentials {
  /** By name, for example AWS_ACCESS_KEY_ID; never empty. */
  readonly values: Readonly<Record<string, string>>;
  /** Always in the future. */
  readonly expiresAt: Date;
}

/** The cloud slot: temporary credentials. Throws `not_available` without a plugin. */
export interface CloudPort {
  getCredentials(
    provider: CloudProvider,
    resource: string,
    who: Identity,
    context: CallContext,
  ): Promise<Credentials>;
}
