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
}

/** Temporary credentials. */
export interface Credentials {
  /** By name, for example AWS_ACCESS_KEY_ID; never empty. */
  readonly credentials: Readonly<Record<string, string>>;
  /** When they end; in the future. */
  readonly expiresAt: Date;
}

/** What a cloud plugin does. */
export interface CloudHandlers<C> {
  /** Vends credentials for one resource. */
  getCredentials(input: CredentialsInput, ctx: PluginContext<C>): MaybePromise<Credentials>;
}
