import { join } from "node:path";
import { formatHostPort, isLoopback, parseHostPort, type HostPort } from "../platform/host-port.ts";
import type { LogLevel } from "../platform/logger.ts";
import { parseScope, type Scope } from "../scopes.ts";
import { parseDuration } from "./duration.ts";
import { nameOfImage } from "./plugin-name.ts";
import type { PluginTarget } from "./plugin-target.ts";
import {
  DEFAULT_INTERNAL_LISTEN,
  DEFAULT_LISTEN,
  SLOT_NAMES,
  type RatYaml,
  type SlotName,
  type SlotYaml,
} from "./schema.ts";

/** What answers for a plugin that is down. */
export type OnDown = "noop" | "deny";

/** What a slot does without its plugin. */
export interface SlotPolicy {
  readonly slot: SlotName;
  readonly onDown: OnDown;
}

/** An entry of `plugins` in rat.yaml: a plugin that the operator runs, and the slot that it fills. */
export interface PluginEntry {
  /** Unique among the plugins: from the image, with the slot's name behind it when two share an image. */
  readonly name: string;
  readonly image: string;
  readonly target: PluginTarget;
  readonly policy: SlotPolicy;
  /** `config` of rat.yaml with references resolved. May hold secrets: never shown. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
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
  readonly plugins: readonly PluginEntry[];
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
    readonly eventClientsOfOne: number;
  };
  readonly access: AccessConfig;
  readonly runs: RunsConfig;
  readonly logLevel: LogLevel;
  /** What all this was made of, references resolved and files of TLS read. Holds secrets: never shown. */
  readonly yaml: RatYaml;
  /** The same as it is written in the file. */
  readonly written: WrittenYaml;
}

/** rat.yaml before its references were resolved: of a secret that stands elsewhere it has only where. */
export type WrittenYaml = Readonly<Record<string, unknown>>;

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
  readonly written: WrittenYaml;
  readonly file: string;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly strict: boolean;
  readonly resolvePath: (path: string) => string;
}

/** Turns a valid rat.yaml into the configuration, defaults filled in. */
export function buildConfig(yaml: RatYaml, around: ConfigSurroundings): Config {
  const listen = hostPort(yaml.listen ?? DEFAULT_LISTEN);
  return Object.freeze({
    file: around.file,
    listen,
    internalListen: hostPort(yaml.internal_listen ?? DEFAULT_INTERNAL_LISTEN),
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
      eventClientsOfOne: yaml.limits?.event_clients_per_principal ?? 100,
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
    yaml,
    written: around.written,
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

function buildPlugins(yaml: RatYaml, around: ConfigSurroundings): readonly PluginEntry[] {
  const taken = new Set<string>();
  const plugins: PluginEntry[] = [];
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
  { strict }: ConfigSurroundings,
): PluginEntry {
  const address = hostPort(entry.address);
  return Object.freeze({
    name,
    image: entry.image,
    target: {
      address,
      // The files have been read by now.
      tls: entry.tls && {
        ca: entry.tls.ca,
        cert: entry.tls.cert,
        key: entry.tls.key,
        serverName: entry.tls.server_name ?? address.host,
      },
      protocol: entry.protocol ?? "auto",
      dialTimeoutMs: parseDuration(entry.timeout?.dial ?? "5s"),
      rpcTimeoutMs: parseDuration(entry.timeout?.rpc ?? "10s"),
      health: {
        intervalMs: parseDuration(entry.health?.interval ?? "30s"),
        timeoutMs: parseDuration(entry.health?.timeout ?? "5s"),
        failureThreshold: entry.health?.failure_threshold ?? 1,
      },
    },
    policy: { slot, onDown: entry.on_down ?? (strict && STRICT_SLOTS.has(slot) ? "deny" : "noop") },
    config: entry.config,
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

/** One line for the start: what ratd was told about a slot, and whether the slot opens when its plugin goes down. */
export function describeEntry({ name, target, policy: { slot, onDown } }: PluginEntry): string {
  const opens = onDown === "noop" && (slot === "auth" || slot === "enforcement");
  const address = formatHostPort(target.address);
  return `${slot}: configured=${name} address=${address} on_down=${onDown}${opens ? "  <-- OPEN if it goes down" : ""}`;
}
