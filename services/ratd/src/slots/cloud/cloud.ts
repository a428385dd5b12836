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

/** A part of the provider's resources, and what is allowed there. */
export interface CloudScope {
  readonly resource: string;
  readonly access: CloudAccess;
}

/** What credentials may allow. */
export const CLOUD_ACCESS = ["read", "write"] as const;
export type CloudAccess = (typeof CLOUD_ACCESS)[number];

/** Credentials that are asked for. */
export interface CredentialsRequest {
  readonly provider: CloudProvider;
  readonly resource: string;
  readonly userId: string;
  /** What they may at most do; never empty. */
  readonly scopes: readonly CloudScope[];
  /** When they must have ended. */
  readonly notAfter: Date;
  readonly namespace: string;
  /** Empty for a person. */
  readonly runId: string;
}

/** Credentials with what the plugin says of their lease. */
export interface VendedCredentials extends Credentials {
  /** The plugin's handle; empty when it keeps none. */
  readonly leaseId: string;
  readonly renewable: boolean;
  readonly revocable: boolean;
}

/** The cloud slot: temporary credentials. Throws `not_available` without a plugin. */
export interface CloudPort {
  /** @throws RatError provider_not_supported */
  getCredentials(request: CredentialsRequest, context: CallContext): Promise<VendedCredentials>;
  /** Fresh credentials for a renewable lease. */
  renew(leaseId: string, notAfter: Date, context: CallContext): Promise<Credentials>;
  /** Ends a revocable lease; false when the plugin knows of none. */
  revoke(leaseId: string, context: CallContext): Promise<boolean>;
}
