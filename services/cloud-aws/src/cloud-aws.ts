import { randomBytes } from "node:crypto";
import {
  definePlugin,
  PluginError,
  type CloudScope,
  type Credentials,
  type PluginContext,
  type PluginDefinition,
} from "@rat/plugin-sdk";
import { cloudConfig, type CloudConfig } from "./config.ts";
import { LeaseBook, type Lease } from "./lease-book.ts";
import { liesIn, parseS3Scope, type S3Scope } from "./s3-scope.ts";
import { sessionName } from "./session-name.ts";
import { policyText, sessionPolicy } from "./session-policy.ts";
import { Station, type After } from "./station.ts";

/** The shortest session of STS, seconds. What must end sooner is ended by its policy. */
const SHORTEST_SECONDS = 900;
/** How long after its credentials a lease can still be renewed, milliseconds. */
const GRACE_MS = 600_000;

/** The plugin: sessions of one role, cut to what was asked. */
export function cloudAws({ after = timer }: { readonly after?: After } = {}): PluginDefinition<
  "cloud",
  typeof cloudConfig
> {
  const leases = new LeaseBook();
  let station: Station | undefined;
  const close = (): void => {
    station?.[Symbol.dispose]();
    station = undefined;
  };
  const vend = async (
    lease: Omit<Lease, "until">,
    notAfter: Date | undefined,
    ctx: PluginContext<CloudConfig>,
  ) => {
    if (station === undefined) throw new PluginError("unavailable", "the plugin has no configuration");
    const seconds = secondsUntil(notAfter, ctx);
    const session = await station.sts.assume(
      {
        name: sessionName(lease.userId),
        policy: policyText(sessionPolicy(lease.scopes, notAfter)),
        seconds,
        namespace: lease.namespace,
      },
      ctx.signal,
    );
    const ends = [session.expiresAt, ...(notAfter === undefined ? [] : [notAfter])];
    const expiresAt = new Date(Math.min(...ends.map((end) => end.getTime())));
    const credentials: Credentials = {
      credentials: {
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.sessionToken,
        AWS_REGION: ctx.config.region,
      },
      expiresAt,
    };
    return credentials;
  };
  return definePlugin("cloud", {
    name: "cloud-aws",
    version: "0.1.0",
    config: cloudConfig,

    async configured({ config, health, log }) {
      const next = new Station(config, { health, log, after });
      close();
      station = next;
      await next.look();
    },
    stop: close,

    async getCredentials({ provider, resource, scopes, userId, namespace, notAfter }, ctx) {
      if (provider !== "aws") {
        throw new PluginError("unimplemented", "provider: is not served here; served: aws");
      }
      if (userId === "") throw new PluginError("invalid_argument", "user_id: must not be empty");
      const asked: readonly CloudScope[] = scopes.length > 0 ? scopes : [{ resource, access: "write" }];
      const lease = {
        userId,
        namespace,
        scopes: asked.map((scope) => allowed(scope, station?.allowed ?? [])),
      };
      const credentials = await vend(lease, notAfter, ctx);
      const leaseId = `aws-${randomBytes(12).toString("hex")}`;
      leases.set(leaseId, { ...lease, until: credentials.expiresAt.getTime() + GRACE_MS });
      return { ...credentials, leaseId, renewable: true, revocable: false, scopesApplied: true };
    },

    async renewCredentials({ leaseId, notAfter }, ctx) {
      const lease = leases.get(leaseId, ctx.now().getTime());
      if (lease === undefined)
        throw new PluginError("not_found", "lease_id: is not known, or ended long ago");
      const credentials = await vend(lease, notAfter, ctx);
      leases.set(leaseId, { ...lease, until: credentials.expiresAt.getTime() + GRACE_MS });
      return credentials;
    },
  });
}

function allowed(scope: CloudScope, places: readonly S3Scope[]): S3Scope {
  const parsed = parseS3Scope(scope);
  if (places.length === 0 || places.some((place) => liesIn(parsed, place))) return parsed;
  throw new PluginError("permission_denied", "scopes: must lie in one of allowed_resources of this plugin");
}

function secondsUntil(notAfter: Date | undefined, { config, now }: PluginContext<CloudConfig>): number {
  if (notAfter === undefined) return config.session_seconds;
  const left = Math.floor((notAfter.getTime() - now().getTime()) / 1000);
  if (left <= 0) throw new PluginError("invalid_argument", "not_after: must lie in the future");
  return Math.max(SHORTEST_SECONDS, Math.min(config.session_seconds, left));
}

const timer: After = (ms, task) => {
  const handle = setTimeout(task, ms).unref();
  return () => clearTimeout(handle);
};
