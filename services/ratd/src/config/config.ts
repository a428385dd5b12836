import { join } from "node:path";
import type { Protocol } from "../platform/connection/wire.ts";
import { formatHostPort, isLoopback, parseHostPort, type HostPort } from "../platform/host-port.ts";
import type { LogLevel } from "../platform/logger.ts";
import { parseScope, type Scope } from "../scopes.ts";
import { parseDuration } from "./duration.ts";
import { nameOfImage } from "./plugin-name.ts";
import { SLOT_NAMES, type RatYaml, type SlotName, type SlotYaml } from "./schema.ts";

/** What answers for a plugin that is down. */
export type OnDown = "noop" | "deny";

/** TLS towards one plugin; paths are absolute. */
export interface TlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string | undefined;
}

/** One configured slot. All durations in milliseconds. */
export interface PluginConfig {
  /** Unique among the plugins: from the image, with the slot's name behind it when two share an image. */
  readonly name: string;
  readonly slot: SlotName;
  readonly image: string;
  readonly address: HostPort;
  /** `config` of rat.yaml with references resolved. May hold secrets: never shown. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly onDown: OnDown;
  readonly protocol: Protocol;
  readonly tls: TlsFiles | undefined;
  readonly dialTimeoutMs: number;
  readonly rpcTimeoutMs: number;
  readonly healthIntervalMs: number;
  readonly healthTimeoutMs: number;
  readonly failureThreshold: number;
}

/** A core service that /health shows. */
export interface ServiceConfig {
  readonly name: string;
  readonly url: URL;
}

/** Everything that ratd was told: parsed once at start, frozen. */
export interface Config {
  /** Absolute path of rat.yaml. */
  readonly file: string;
  readonly listen: HostPort;
  readonly internalListen: HostPort;
  /** True when only this machine can reach `listen`. */
  readonly loopback: boolean;
  readonly dataDirectory: string;
  readonly databaseUrl: string | undefined;
  readonly edition: "auto" | "community" | "pro";
  readonly strict: boolean;
  readonly plugins: readonly PluginConfig[];
  readonly services: readonly ServiceConfig[];
  readonly cors: { readonly origins: readonly string[]; readonly credentials: boolean };
  readonly trustedProxies: readonly string[];
  readonly limits: {
    readonly bodyBytes: number;
    readonly requestMs: number;
    readonly ratePerMinute: number;
    /** Requests a minute of one principal, by the class of the route; 0 is no limit. */
    readonly principal: Readonly<Record<RateClass, number>>;
    readonly eventClients: number;
  };
  readonly access: AccessConfig;
  readonly runs: RunsConfig;
  readonly logLevel: LogLevel;
}

/** Classes of routes that are limited for each principal. */
export const RATE_CLASSES = ["list", "get", "write", "data_read", "data_write"] as const;
export type RateClass = (typeof RATE_CLASSES)[number];

/** Who may do what. All durations in milliseconds. */
export interface AccessConfig {
  /** Longest time for which identities and decisions are reused; 0 never. */
  readonly cacheTtlMs: number;
  /** The scopes of operators that users hold by a role of the auth plugin. */
  readonly rolePermissions: Readonly<Record<string, readonly Scope[]>>;
}

/** Pipelines and runs. All durations in milliseconds. */
export interface RunsConfig {
  /** Absolute path. */
  readonly workspace: string;
  /** Undefined: ratd starts a runner of its own. */
  readonly runners: readonly HostPort[] | undefined;
  /** Undefined: taken from the internal listener. */
  readonly reportUrl: string | undefined;
  readonly maxRunning: number;
  readonly maxRunningPerNamespace: number;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly executorGraceMs: number;
  readonly retentionMs: number;
  readonly logBytes: number;
  readonly uploadBytes: number;
  readonly credentials: { readonly provider: "aws" | "gcp" | "azure"; readonly resource: string };
}

/** Slots that `--strict` closes unless rat.yaml says otherwise. */
const STRICT_SLOTS: ReadonlySet<SlotName> = new Set(["auth", "enforcement", "sharing", "cloud"]);

/** Requests a minute: those of operator routes, which few people use, and those of the rest. */
const PRINCIPAL_LIMITS: Readonly<Record<RateClass, number>> = {
  list: 30,
  get: 60,
  write: 10,
  data_read: 60_000,
  data_write: 60_000,
};

/** What does not come from rat.yaml. */
export interface ConfigSurroundings {
  readonly file: string;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly strict: boolean;
  readonly resolvePath: (path: string) => string;
}

/** Turns a valid rat.yaml into the configuration, defaults filled in. */
export function buildConfig(yaml: RatYaml, around: ConfigSurroundings): Config {
  const listen = hostPort(yaml.listen ?? "127.0.0.1:8080");
  return Object.freeze({
    file: around.file,
    listen,
    internalListen: hostPort(yaml.internal_listen ?? "127.0.0.1:8081"),
    loopback: isLoopback(listen.host),
    dataDirectory: around.dataDirectory,
    databaseUrl: yaml.database_url,
    edition: yaml.edition ?? "auto",
    strict: around.strict,
    plugins: buildPlugins(yaml, around),
    services: Object.entries(yaml.services ?? {}).map(([name, url]) => ({ name, url: new URL(url) })),
    cors: { origins: yaml.cors?.origins ?? [], credentials: yaml.cors?.credentials ?? false },
    trustedProxies: yaml.trusted_proxies ?? [],
    limits: {
      bodyBytes: yaml.limits?.body ?? 1_048_576,
      requestMs: parseDuration(yaml.limits?.request ?? "30s"),
      ratePerMinute: yaml.limits?.rate ?? 60_000,
      principal: { ...PRINCIPAL_LIMITS, ...yaml.limits?.principal },
      eventClients: yaml.limits?.event_clients ?? 1000,
    },
    access: {
      cacheTtlMs: parseDuration(yaml.cache?.ttl ?? "30s"),
      rolePermissions: Object.fromEntries(
        Object.entries(yaml.role_permissions ?? {}).map(([role, scopes]) => [
          role,
          scopes.flatMap(operatorScope),
        ]),
      ),
    },
    runs: buildRuns(yaml.runs ?? {}, around),
    logLevel: yaml.log?.level ?? "info",
  });
}

function buildRuns(
  yaml: NonNullable<RatYaml["runs"]>,
  { dataDirectory, resolvePath }: ConfigSurroundings,
): RunsConfig {
  return Object.freeze({
    workspace: yaml.workspace === undefined ? join(dataDirectory, "workspace") : resolvePath(yaml.workspace),
    runners: yaml.runners?.map(hostPort),
    reportUrl: yaml.report_url,
    maxRunning: yaml.max_running ?? 64,
    maxRunningPerNamespace: yaml.max_running_per_namespace ?? 32,
    leaseMs: parseDuration(yaml.lease ?? "10s"),
    pollMs: parseDuration(yaml.poll ?? "5s"),
    executorGraceMs: parseDuration(yaml.executor_grace ?? "5m"),
    retentionMs: parseDuration(yaml.retention ?? "720h"),
    logBytes: yaml.log_limit ?? 16_777_216,
    uploadBytes: yaml.upload_limit ?? 1_073_741_824,
    credentials: {
      provider: yaml.credentials?.provider ?? "aws",
      resource: yaml.credentials?.resource ?? "arn:aws:s3:::{namespace}/*",
    },
  });
}

function buildPlugins(yaml: RatYaml, around: ConfigSurroundings): readonly PluginConfig[] {
  const taken = new Set<string>();
  const plugins: PluginConfig[] = [];
  for (const slot of SLOT_NAMES) {
    const entry = yaml.plugins?.[slot];
    if (entry === undefined) continue;
    const plain = nameOfImage(entry.image);
    const name = taken.has(plain) ? `${plain}-${slot}` : plain;
    taken.add(name);
    plugins.push(buildPlugin(name, slot, entry, around));
  }
  return plugins;
}

function buildPlugin(
  name: string,
  slot: SlotName,
  entry: SlotYaml,
  { strict, resolvePath }: ConfigSurroundings,
): PluginConfig {
  const file = (path: string | undefined) => (path === undefined ? undefined : resolvePath(path));
  return Object.freeze({
    name,
    slot,
    image: entry.image,
    address: hostPort(entry.address),
    config: entry.config,
    onDown: entry.on_down ?? (strict && STRICT_SLOTS.has(slot) ? "deny" : "noop"),
    protocol: entry.protocol ?? "auto",
    tls: entry.tls && {
      ca: file(entry.tls.ca),
      cert: file(entry.tls.cert),
      key: file(entry.tls.key),
      serverName: entry.tls.server_name,
    },
    dialTimeoutMs: parseDuration(entry.timeout?.dial ?? "5s"),
    rpcTimeoutMs: parseDuration(entry.timeout?.rpc ?? "10s"),
    healthIntervalMs: parseDuration(entry.health?.interval ?? "30s"),
    healthTimeoutMs: parseDuration(entry.health?.timeout ?? "5s"),
    failureThreshold: entry.health?.failure_threshold ?? 1,
  });
}

/** The scope of this name; the schema has refused all others. */
function operatorScope(text: string): readonly Scope[] {
  const scope = parseScope(text);
  return scope === undefined || scope === "*" ? [] : [scope];
}

function hostPort(text: string): HostPort {
  const parsed = parseHostPort(text);
  if (parsed === undefined) throw new RangeError(`not host:port: ${text}`);
  return parsed;
}

/** One line for the start: where ratd listens and what it was told about each slot. */
export function describePlugin(plugin: PluginConfig): string {
  return `${plugin.slot}: configured=${plugin.name} address=${formatHostPort(plugin.address)} on_down=${plugin.onDown}`;
}
