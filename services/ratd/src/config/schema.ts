import { Type, type Static } from "typebox";
import { OPERATOR_SCOPES } from "../scopes.ts";

/** The five slots, in the order in which they are shown everywhere. */
export const SLOT_NAMES = ["auth", "executor", "sharing", "enforcement", "cloud"] as const;
export type SlotName = (typeof SLOT_NAMES)[number];

/** The least and the most that a duration may be, as they are written. */
export type DurationRange = readonly [least: string, most: string];

/** Where ratd listens unless rat.yaml says otherwise. */
export const DEFAULT_LISTEN = "127.0.0.1:8080";
export const DEFAULT_INTERNAL_LISTEN = "127.0.0.1:8081";

/** The most that `limits.body` allows. */
export const LARGEST_BODY_BYTES = 67_108_864;

/** A duration of at least `least` and at most `most`. */
const duration = (description: string, byDefault: string, [least, most]: DurationRange) =>
  Type.String({
    description: `${description} A number with a unit: ms, s, m or h; ${least} to ${most}.`,
    pattern: "^[0-9]{1,9}(ms|s|m|h)$",
    default: byDefault,
    duration: [least, most],
  });

const perMinute = (description: string, byDefault: number) =>
  Type.Optional(Type.Integer({ description, minimum: 0, maximum: 10_000_000, default: byDefault }));

const text = (description: string) => Type.String({ description, minLength: 1 });

const closed = { additionalProperties: false };

const slotSchema = Type.Object(
  {
    image: text(
      "Container image reference. Its last path segment, without tag, is the plugin's name. Required.",
    ),
    address: Type.String({
      description: "Where the plugin listens, `host:port`, for example `auth-keycloak:50060`. Required.",
      pattern: "^(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?):[0-9]{1,5}$",
    }),
    config: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: "Handed to the plugin as it is, by the Configure RPC.",
      }),
    ),
    on_down: Type.Optional(
      Type.Enum(["noop", "deny"], {
        description: "What answers while the plugin is down: the built-in behaviour, or a refusal (503).",
        default: "noop",
      }),
    ),
    protocol: Type.Optional(
      Type.Enum(["auto", "connect", "grpc"], {
        description: "How to talk to the plugin. `auto` tries Connect (protobuf, then JSON), then gRPC.",
        default: "auto",
      }),
    ),
    tls: Type.Optional(
      Type.Object(
        {
          ca: Type.Optional(text("PEM file of the authority that signed the plugin's certificate.")),
          cert: Type.Optional(text("PEM file of ratd's client certificate.")),
          key: Type.Optional(text("PEM file of the key of `cert`.")),
          server_name: Type.Optional(
            text("Name that the plugin's certificate must carry; default: the host."),
          ),
        },
        { ...closed, description: "Talk TLS to the plugin; with `cert` and `key`, mutual TLS." },
      ),
    ),
    timeout: Type.Optional(
      Type.Object(
        {
          dial: Type.Optional(duration("Limit for opening a connection.", "5s", ["50ms", "5m"])),
          rpc: Type.Optional(duration("Limit for one call.", "10s", ["50ms", "1h"])),
        },
        closed,
      ),
    ),
    health: Type.Optional(
      Type.Object(
        {
          interval: Type.Optional(duration("Time between two checks.", "30s", ["100ms", "24h"])),
          timeout: Type.Optional(duration("Limit for one check.", "5s", ["50ms", "5m"])),
          failure_threshold: Type.Optional(
            Type.Integer({
              description: "Confirmed failures in a row that make the plugin down.",
              minimum: 1,
              maximum: 100,
              default: 1,
            }),
          ),
        },
        closed,
      ),
    ),
  },
  { ...closed, description: "A plugin that fills the slot." },
);

const runsSchema = Type.Object(
  {
    workspace: Type.Optional(
      text(
        "Folder with a folder of files for each namespace, which ratd and its runners share; default: `workspace` in the data directory.",
      ),
    ),
    runners: Type.Optional(
      Type.Array(
        Type.String({
          pattern: "^(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?):[0-9]{1,5}$",
        }),
        {
          description:
            "Addresses of the runners of the warm pool, `host:port`. Without this key ratd starts one of its own; an empty list is no warm pool.",
          maxItems: 100,
        },
      ),
    ),
    report_url: Type.Optional(
      Type.String({
        description:
          "Base URL at which executors reach `internal_listen`; default: that address, when it names one host.",
        pattern: "^https?://[^\\s]+$",
      }),
    ),
    max_running: Type.Optional(
      Type.Integer({
        description: "Runs at a time on one executor, beyond what it takes by itself.",
        minimum: 1,
        maximum: 100_000,
        default: 64,
      }),
    ),
    max_running_per_namespace: Type.Optional(
      Type.Integer({
        description: "Runs of one namespace at a time, unless the namespace says otherwise.",
        minimum: 1,
        maximum: 100_000,
        default: 32,
      }),
    ),
    lease: Type.Optional(duration("How long a replica that is gone keeps its runs.", "10s", ["100ms", "1h"])),
    poll: Type.Optional(
      duration("Time between two looks at the queue and at the runs under way.", "5s", ["20ms", "1h"]),
    ),
    executor_grace: Type.Optional(
      duration("How long a run waits for its executor to come back before it is given up.", "5m", [
        "100ms",
        "168h",
      ]),
    ),
    retention: Type.Optional(
      duration("How long ended runs and their output are kept.", "720h", ["1m", "876000h"]),
    ),
    log_limit: Type.Optional(
      Type.Integer({
        description: "Bytes of output that are kept of one attempt.",
        minimum: 1024,
        maximum: 1_073_741_824,
        default: 16_777_216,
      }),
    ),
    upload_limit: Type.Optional(
      Type.Integer({
        description: "Bytes of one file that is uploaded into a namespace.",
        minimum: 1024,
        maximum: 1_099_511_627_776,
        default: 1_073_741_824,
      }),
    ),
    credentials: Type.Optional(
      Type.Object(
        {
          provider: Type.Optional(
            Type.Enum(["aws", "gcp", "azure"], {
              description: "Whose credentials runs receive while the cloud slot serves.",
              default: "aws",
            }),
          ),
          resource: Type.Optional(
            Type.String({
              description: "What they are for; `{namespace}` stands for the namespace of the run.",
              minLength: 1,
              maxLength: 512,
              pattern: "\\{namespace\\}",
              default: "arn:aws:s3:::{namespace}/*",
            }),
          ),
        },
        closed,
      ),
    ),
  },
  { ...closed, description: "Pipelines and runs." },
);

/** The JSON Schema of rat.yaml: the one source of its keys, defaults and descriptions. */
export const ratYamlSchema = Type.Object(
  {
    listen: Type.Optional(
      Type.String({
        description: "Address of the public HTTP API, `host:port`.",
        pattern: "^[^\\s/]+:[0-9]{1,5}$",
        default: DEFAULT_LISTEN,
      }),
    ),
    internal_listen: Type.Optional(
      Type.String({
        description:
          "Address of the internal listener for plugins and runners: loopback or a private network only.",
        pattern: "^[^\\s/]+:[0-9]{1,5}$",
        default: DEFAULT_INTERNAL_LISTEN,
      }),
    ),
    database_url: Type.Optional(
      Type.String({
        description: "PostgreSQL 14 or newer, as a URL. Without it ratd runs an embedded PostgreSQL.",
        pattern: "^postgres(ql)?://",
        writeOnly: true,
      }),
    ),
    edition: Type.Optional(
      Type.Enum(["auto", "community", "pro"], {
        description: "Shown by /features. `auto` is `pro` when any slot has a plugin.",
        default: "auto",
      }),
    ),
    plugins: Type.Optional(
      Type.Object(
        {
          auth: Type.Optional(slotSchema),
          executor: Type.Optional(slotSchema),
          sharing: Type.Optional(slotSchema),
          enforcement: Type.Optional(slotSchema),
          cloud: Type.Optional(slotSchema),
        },
        { ...closed, description: "The slots. A slot that is not here is served by its built-in." },
      ),
    ),
    services: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[a-z0-9][a-z0-9_-]{0,62}$" }),
        Type.String({ pattern: "^(https?|tcp)://[^\\s]+$" }),
        {
          description:
            "Core services shown in /health: name to `http(s)://…` (any 2xx is healthy) or `tcp://host:port`.",
          additionalProperties: false,
        },
      ),
    ),
    cors: Type.Optional(
      Type.Object(
        {
          origins: Type.Array(Type.String({ minLength: 1 }), {
            description: "Origins that browsers may call from, exact; `*` for all.",
            maxItems: 100,
          }),
          credentials: Type.Optional(
            Type.Boolean({ description: "Allow cookies and Authorization; never with `*`.", default: false }),
          ),
        },
        closed,
      ),
    ),
    trusted_proxies: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: "Addresses or CIDR blocks whose X-Forwarded-For is believed.",
        maxItems: 100,
      }),
    ),
    role_permissions: Type.Optional(
      Type.Record(
        Type.String({ minLength: 1, maxLength: 512 }),
        Type.Array(Type.Enum([...OPERATOR_SCOPES, "admin:plugins:read", "admin:plugins:write"]), {
          uniqueItems: true,
        }),
        {
          description:
            "What users of the auth slot may do on operator routes, by role: a list of scopes. Only while the auth plugin serves; API keys carry scopes of their own.",
        },
      ),
    ),
    cache: Type.Optional(
      Type.Object(
        {
          ttl: Type.Optional(
            duration(
              "Longest time for which an identity or an access decision is reused; plugins may say less. `0s` asks each time.",
              "30s",
              ["0s", "24h"],
            ),
          ),
        },
        closed,
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          body: Type.Optional(
            Type.Integer({
              description: "Largest request body in bytes.",
              minimum: 1024,
              maximum: LARGEST_BODY_BYTES,
              default: 1_048_576,
            }),
          ),
          request: Type.Optional(duration("Limit for receiving one request.", "30s", ["100ms", "24h"])),
          rate: Type.Optional(
            Type.Integer({
              description: "Requests per minute and client address behind the open routes; 0 is no limit.",
              minimum: 0,
              maximum: 10_000_000,
              default: 60_000,
            }),
          ),
          principal: Type.Optional(
            Type.Object(
              {
                list: perMinute("Lists of operator routes.", 30),
                get: perMinute("Other reads of operator routes.", 60),
                write: perMinute("Changes by operator routes.", 10),
                data_read: perMinute("Reads by all other routes.", 60_000),
                data_write: perMinute("Changes by all other routes.", 60_000),
              },
              {
                ...closed,
                description:
                  "Requests per minute of one API key or user, for each class of routes; 0 is no limit.",
              },
            ),
          ),
          event_clients: Type.Optional(
            Type.Integer({
              description: "Event streams open at once, and as many streams of output.",
              minimum: 1,
              maximum: 100_000,
              default: 1000,
            }),
          ),
          event_clients_per_principal: Type.Optional(
            Type.Integer({
              description: "The same of one API key or user, or of one address of callers whom nobody knows.",
              minimum: 1,
              maximum: 100_000,
              default: 100,
            }),
          ),
        },
        closed,
      ),
    ),
    runs: Type.Optional(runsSchema),
    log: Type.Optional(
      Type.Object(
        {
          level: Type.Optional(
            Type.Enum(["debug", "info", "warn", "error", "silent"], {
              description: "Least level that is written.",
              default: "info",
            }),
          ),
        },
        closed,
      ),
    ),
  },
  {
    ...closed,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "rat.yaml",
    description: "Configuration of ratd.",
  },
);

/** rat.yaml after validation, before defaults. */
export type RatYaml = Static<typeof ratYamlSchema>;
/** One entry below `plugins`, before defaults. */
export type SlotYaml = Static<typeof slotSchema>;
