import type { MaybePromise } from "../maybe-promise.ts";
import type { PluginContext } from "../../plugin-context.ts";

/** Credentials that are asked for. */
export interface CredentialsInput {
  /** For example "aws"; answer `unimplemented` to one that the plugin does not serve. */
  readonly provider: string;
  /** What they are for: an ARN, a project id and so on. */
  readonly resource: string;
  /** Who receives them, for audit at the provider. */
  readonly userId: string;
  /** What they may at most do; empty: read and write the whole of `resource`. */
  readonly scopes: readonly CloudScope[];
  /** When they must have ended. */
  readonly notAfter: Date | undefined;
  /** On whose behalf; empty when ratd does not say. */
  readonly namespace: string;
  /** The run that receives them; empty for a person. */
  readonly runId: string;
}

/** A part of the provider's resources, and what is allowed there. */
export interface CloudScope {
  readonly resource: string;
  readonly access: "read" | "write";
}

/** Temporary credentials. */
export interface Credentials {
  /** By name, for example AWS_ACCESS_KEY_ID; never empty. */
  readonly credentials: Readonly<Record<string, string>>;
  /** When they end; in the future. */
  readonly expiresAt: Date;
}

/** Credentials with the handle of their lease. */
export interface LeasedCredentials extends Credentials {
  /** The plugin's handle of the lease; absent when it keeps none. Not secret. */
  readonly leaseId?: string;
  /** Whether `renewCredentials` works for it. */
  readonly renewable?: boolean;
  /** Whether `revokeCredentials` works for it. */
  readonly revocable?: boolean;
  /** Whether they are cut to the scopes of the request; ratd throws away what is not. */
  readonly scopesApplied?: boolean;
}

/** What a cloud plugin does. */
export interface CloudHandlers<C> {
  /** Vends credentials for one resource. */
  getCredentials(input: CredentialsInput, ctx: PluginContext<C>): MaybePromise<LeasedCredentials>;
  /** Gives fresh credentials for a renewable lease; `not_found` when there is none. */
  renewCredentials?(
    input: { leaseId: string; notAfter: Date | undefined },
    ctx: PluginContext<C>,
  ): MaybePromise<Credentials>;
  /** Ends a revocable lease before its time; `revoked` is false when there was none. */
  revokeCredentials?(input: { leaseId: string }, ctx: PluginContext<C>): MaybePromise<{ revoked: boolean }>;
}
