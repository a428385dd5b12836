// Made from docs/reference/openapi.json by `npm run docs`. Edit the routes of ratd, not this file.

/** A slot with its plugin. */
type Slot = {
  readonly name: "auth" | "executor" | "sharing" | "enforcement" | "cloud";
  readonly state: "active" | "degraded" | "fallback" | "denying" | "builtin" | "unknown";
  readonly served_by: "plugin" | "builtin" | "nobody";
  readonly plugin: string | null;
  readonly version: string | null;
  readonly health: "healthy" | "degraded" | "down" | "unknown" | null;
  readonly on_down: "noop" | "deny" | null;
  /** Why, one sentence. */
  readonly reason: string;
  /** When the state began. */
  readonly since: string;
  /** Requests that a stand-in answered or refused since the start. */
  readonly fallback_requests: number;
  readonly image: string | null;
  readonly address: string | null;
};

/** The shape `Health` of the API. */
type Health = {
  readonly status: "ok" | "degraded";
  readonly version: string;
  readonly edition: "community" | "pro";
  readonly uptime_seconds: number;
  /** Who can reach the public listener. */
  readonly exposure: "loopback" | "network";
  readonly services: Readonly<Record<string, "healthy" | "down" | "unknown">>;
  /** What else is wrong, one sentence each. */
  readonly problems: readonly string[];
  readonly plugins: Readonly<Record<string, "healthy" | "degraded" | "down" | "unknown">>;
  /** Whether a configured plugin is not serving its slot. */
  readonly fallback_active: boolean;
  readonly slots: Readonly<
    Record<
      string,
      {
        readonly state: "active" | "degraded" | "fallback" | "denying" | "builtin" | "unknown";
        readonly served_by: "plugin" | "builtin" | "nobody";
        readonly plugin: string | null;
        readonly version: string | null;
        readonly health: "healthy" | "degraded" | "down" | "unknown" | null;
        readonly on_down: "noop" | "deny" | null;
        /** Why, one sentence. */
        readonly reason: string;
        /** When the state began. */
        readonly since: string;
        /** Requests that a stand-in answered or refused since the start. */
        readonly fallback_requests: number;
      }
    >
  >;
};

/** The shape `Live` of the API. */
type Live = {
  readonly status: string;
};

/** The shape `Features` of the API. */
type Features = {
  readonly edition: "community" | "pro";
  readonly auth: boolean;
  readonly sharing: boolean;
  readonly enforcement: boolean;
  readonly container_executor: boolean;
  readonly cloud_aws: boolean;
  readonly pipeline_triggers: boolean;
  readonly pipeline_versions: boolean;
  readonly executor_delivery: "exactly_once" | "at_least_once" | null;
  /** Whether callers pass although an auth plugin is configured. */
  readonly auth_fallback: boolean;
};

/** The shape `Plugin` of the API. */
type Plugin = {
  readonly id: string;
  readonly name: string;
  readonly slot: "auth" | "executor" | "sharing" | "enforcement" | "cloud" | null;
  /** The slot that it fills; empty for a plugin that fills none. */
  readonly plugin_type: string;
  readonly source: string;
  readonly image: string;
  readonly address: string;
  readonly version: string | null;
  readonly contracts: readonly string[];
  readonly capabilities: readonly string[];
  readonly wire: string | null;
  readonly state: "enabled" | "unloaded";
  readonly enabled: boolean;
  readonly health: "healthy" | "degraded" | "down" | "unknown";
  readonly message: string;
  readonly last_health: string | null;
  /** When this health began. */
  readonly health_since: string;
  readonly signature_status: string;
  readonly trust_basis: string;
  /** First time in rat.yaml. */
  readonly registered_at: string;
  readonly removed_at: string | null;
};

/** The shape `HealthEvent` of the API. */
type HealthEvent = {
  readonly from: "healthy" | "degraded" | "down" | "unknown";
  readonly to: "healthy" | "degraded" | "down" | "unknown";
  readonly message: string;
  /** When. */
  readonly at: string;
};

/** The shape `PluginAddress` of the API. */
type PluginAddress = {
  readonly address: string;
  readonly connected: boolean;
  /** Whether calls go elsewhere. */
  readonly ejected: boolean;
  readonly wire: string | null;
};

/** A key of rat.yaml that differs from what is in force. */
type ConfigChange = {
  /** For example plugins.auth.address. */
  readonly key: string;
  readonly from: string | null;
  readonly to: string | null;
  /** When it counts: at the reload, or at the next start of this ratd. */
  readonly applies: "now" | "restart";
};

/** Who ratd takes the caller for. */
type Caller = {
  readonly user_id: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly auth_mode: "plugin" | "api_key" | "builtin" | "noop-fallback" | "denying";
  /** What the caller may try; `*` is everything. */
  readonly scopes: readonly string[];
  readonly key_id: string | null;
};

/** The shape `Grant` of the API. */
type Grant = {
  readonly grant_id: string;
  readonly grantee_id: string;
  readonly grantee_type: "user" | "role";
  readonly resource_type: string;
  readonly resource_id: string;
  readonly permission: "read" | "write" | "admin";
  readonly granted_by: string;
  readonly granted_at: string | null;
  readonly expires_at: string | null;
  readonly revoked_by: string | null;
  readonly revoked_at: string | null;
};

/** An answer of the enforcement slot. */
type Decision = {
  readonly allowed: boolean;
  readonly reason: string;
};

/** A run of a pipeline. */
type Run = {
  readonly id: string;
  readonly namespace: string;
  readonly layer: "bronze" | "silver" | "gold";
  readonly pipeline: string;
  /** The version of the pipeline that runs. */
  readonly version: number;
  readonly kind: string;
  readonly state: "pending" | "running" | "success" | "failed" | "cancelled";
  /** Why it waits, or why it ended so; may be empty. */
  readonly reason: string;
  readonly isolation: "process" | "container";
  readonly priority: number;
  readonly trigger: "manual" | "retry" | "cron" | "webhook" | "upstream" | "event";
  readonly trigger_id: string | null;
  readonly upstream_run_id: string | null;
  readonly retry_of: string | null;
  readonly created_by: string;
  /** The attempt under way, or the last one; 0 before the first. */
  readonly attempt: number;
  readonly max_attempts: number;
  readonly timeout_seconds: number;
  readonly executor: string | null;
  readonly cancel_requested: boolean;
  readonly exit_code: number | null;
  readonly rows_written: number | null;
  /** When it was accepted. */
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
};

/** An attempt of a run that has ended. */
type RunAttempt = {
  readonly attempt: number;
  readonly state: "success" | "failed" | "cancelled" | "lost";
  readonly executor: string | null;
  readonly error: string;
  readonly exit_code: number | null;
  readonly started_at: string | null;
  /** When it ended. */
  readonly finished_at: string;
};

/** One line of a run's output. */
type RunLogLine = {
  readonly attempt: number;
  /** Number of the line within its attempt, from 0. */
  readonly offset: number;
  /** When it was written. */
  readonly at: string;
  readonly level: string;
  readonly message: string;
};

/** One way in which somebody has access. */
type AccessPath = {
  /** owner, grant, role or policy. */
  readonly source: string;
  readonly resource_type: string;
  readonly resource_id: string;
  /** read, write, admin or owner. */
  readonly level: string;
  /** Whether this alone allows the action. */
  readonly sufficient: boolean;
  readonly grant_id: string | null;
  readonly granted_by: string | null;
  readonly expires_at: string | null;
};

/** Why somebody may do something, or not. */
type AccessExplanation = {
  readonly allowed: boolean;
  readonly reason: string;
  readonly decided_by: "plugin" | "builtin" | "nobody";
  readonly slot_state: "active" | "degraded" | "fallback" | "denying" | "builtin" | "unknown";
  readonly owner: string | null;
  /** What the thing lies in, nearest first. */
  readonly ancestors: readonly {
    readonly resource_type: string;
    readonly resource_id: string;
    readonly owner: string | null;
  }[];
  readonly paths: readonly AccessPath[] | null;
  /** What the auth plugin says of the roles alone. */
  readonly by_role: {
    readonly allowed: boolean;
    readonly reason: string;
  };
};

/** An API key, without its secret. */
type ApiKey = {
  readonly id: string;
  readonly name: string;
  /** In whose name it acts. */
  readonly user_id: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly created_by: string;
  /** When it was made. */
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly rotated_at: string | null;
  readonly previous_until: string | null;
  readonly revoked_at: string | null;
  readonly revoked_by: string | null;
};

/** An API key that was made or rotated just now. */
type MadeApiKey = {
  readonly id: string;
  readonly name: string;
  /** In whose name it acts. */
  readonly user_id: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly created_by: string;
  /** When it was made. */
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly rotated_at: string | null;
  readonly previous_until: string | null;
  readonly revoked_at: string | null;
  readonly revoked_by: string | null;
  /** The key. Secret, and shown this once. */
  readonly key: string;
};

/** Credentials that somebody was given, without the secret. */
type Lease = {
  readonly id: string;
  readonly state: "issuing" | "active" | "expired" | "failed" | "revoked";
  readonly user_id: string;
  readonly run_id: string | null;
  readonly provider: "aws" | "gcp" | "azure";
  readonly resource_type: string;
  readonly resource_id: string;
  readonly access: "read" | "write";
  readonly scopes: readonly {
    readonly resource: string;
    readonly access: "read" | "write";
  }[];
  readonly plugin: string;
  readonly renewable: boolean;
  readonly revocable: boolean;
  /** When they were asked for. */
  readonly issued_at: string;
  readonly renewed_at: string | null;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly revoked_by: string | null;
  /** Why it failed, or what revoking it could not do; may be empty. */
  readonly reason: string;
};

/** How to sign in. */
type LoginOptions = {
  readonly auth_slot: "active" | "degraded" | "fallback" | "denying" | "builtin" | "unknown";
  readonly openid: {
    readonly issuer: string;
    readonly client_id: string;
    readonly scopes: readonly string[];
    readonly resource: string | null;
  } | null;
};

/** Temporary credentials. Secret. */
type Credentials = {
  readonly lease_id: string;
  readonly provider: "aws" | "gcp" | "azure";
  readonly resource_type: string;
  readonly resource_id: string;
  /** Where the data lies at the provider. */
  readonly resource: string;
  readonly access: "read" | "write";
  readonly credentials: Readonly<Record<string, string>>;
  /** When they end. */
  readonly expires_at: string;
};

/** Keeps the pipelines and files of a team apart. */
type Namespace = {
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly max_running: number | null;
  /** When it was made. */
  readonly created_at: string;
  /** When it last changed. */
  readonly updated_at: string;
};

/** The shape `NamespaceFile` of the API. */
type NamespaceFile = {
  readonly path: string;
  readonly size: number;
  /** When it was last written. */
  readonly modified_at: string;
};

/** A pipeline without its versions. */
type Pipeline = {
  /** `namespace/layer/name`. */
  readonly id: string;
  readonly namespace: string;
  readonly layer: "bronze" | "silver" | "gold";
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly max_running: number | null;
  readonly kind: "sql" | "command";
  readonly latest_version: number;
  readonly published_version: number | null;
  /** When it was made. */
  readonly created_at: string;
  /** When it last changed. */
  readonly updated_at: string;
};

/** A version of a pipeline; it never changes. */
type PipelineVersion = {
  readonly version: number;
  readonly kind: "sql" | "command";
  /** Its shape belongs to the kind. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly isolation: "process" | "container";
  readonly timeout_seconds: number;
  readonly max_attempts: number;
  readonly retry_on_failure: boolean;
  readonly priority: number;
  readonly message: string;
  readonly created_by: string;
  /** When it was made. */
  readonly created_at: string;
};

/** A pipeline with its latest version. */
type PipelineDetail = {
  /** `namespace/layer/name`. */
  readonly id: string;
  readonly namespace: string;
  readonly layer: "bronze" | "silver" | "gold";
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly max_running: number | null;
  readonly kind: "sql" | "command";
  readonly latest_version: number;
  readonly published_version: number | null;
  /** When it was made. */
  readonly created_at: string;
  /** When it last changed. */
  readonly updated_at: string;
  readonly latest: PipelineVersion;
};

/** What a change would do; nothing was done. */
type PipelinePlan = {
  readonly dry_run: boolean;
  /** False when the latest version says just this. */
  readonly new_version: boolean;
  /** The latest version there would be. */
  readonly version: number;
  readonly published_version: number | null;
  readonly changes: readonly Change[];
};

/** The shape `Change` of the API. */
type Change = {
  /** JSON pointer. */
  readonly path: string;
  /** null where there was nothing. */
  readonly from: unknown;
  /** null where there is nothing. */
  readonly to: unknown;
};

/** A decision about the version in force. */
type Publication = {
  readonly version: number;
  readonly action: "publish" | "rollback";
  readonly by: string;
  /** When. */
  readonly at: string;
};

/** What starts runs without a person. */
type Trigger = {
  readonly id: string;
  /** `namespace/layer/name`. */
  readonly pipeline: string;
  readonly kind: "cron" | "webhook" | "upstream" | "event";
  /** Its shape belongs to the kind. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly paused: boolean;
  /** The next times, of cron triggers. */
  readonly next_fires: readonly string[];
  readonly last_fired_at: string | null;
  readonly last_run_id: string | null;
  /** Why the last fire started nothing, or why the trigger cannot be read; empty otherwise. */
  readonly last_error: string;
  /** In whose name its runs are. */
  readonly created_by: string;
  /** When it was made. */
  readonly created_at: string;
  /** When it last changed. */
  readonly updated_at: string;
};

/** A trigger with the secrets of its webhook. */
type TriggerSecrets = {
  readonly id: string;
  /** `namespace/layer/name`. */
  readonly pipeline: string;
  readonly kind: "cron" | "webhook" | "upstream" | "event";
  /** Its shape belongs to the kind. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly paused: boolean;
  /** The next times, of cron triggers. */
  readonly next_fires: readonly string[];
  readonly last_fired_at: string | null;
  readonly last_run_id: string | null;
  /** Why the last fire started nothing, or why the trigger cannot be read; empty otherwise. */
  readonly last_error: string;
  /** In whose name its runs are. */
  readonly created_by: string;
  /** When it was made. */
  readonly created_at: string;
  /** When it last changed. */
  readonly updated_at: string;
  readonly token: string | null;
  readonly secret: string | null;
};

/** The shape `Fired` of the API. */
type Fired = {
  readonly run_id: string;
};

/** Something that somebody did or tried, or that became of a slot. */
type AuditRecord = {
  /** The process of ratd that wrote it. */
  readonly writer: string;
  /** Its place in the chain of the writer, from 1. */
  readonly seq: number;
  /** When it happened, by the clock of the writer. */
  readonly at: string;
  /** The user; ratd for what nobody asked for. */
  readonly actor: string;
  /** One of plugin, api_key, builtin, noop-fallback, denying, none. */
  readonly auth_mode: string;
  /** The API key that was used. */
  readonly key_id: string | null;
  /** For example keys.create, or POST /api/v1/pipelines. */
  readonly action: string;
  /** The kind of thing it is about. */
  readonly object_type: string | null;
  /** The thing it is about. */
  readonly object_id: string | null;
  /** One of begun, ok, refused, failed. */
  readonly result: string;
  /** Status of the answer. */
  readonly status: number | null;
  /** The request. */
  readonly request_id: string | null;
  /** Address of the client. */
  readonly client: string | null;
  /** Further facts. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Hash of the record before, in hexadecimal. */
  readonly previous_hash: string;
  /** SHA-256 of that hash and the canonical JSON of the other fields. */
  readonly hash: string;
};

/** The shape `AuditProblem` of the API. */
type AuditProblem = {
  readonly writer: string;
  /** The first bad row, or the first that is missing. */
  readonly seq: number;
  readonly kind:
    "edited" | "removed" | "unlinked" | "cut" | "forged" | "checkpoint_forged" | "checkpoint_removed";
  readonly detail: string;
};

/** What came of looking at the whole audit log. */
type AuditVerification = {
  readonly ok: boolean;
  /** Chains: one for each start of a ratd. */
  readonly writers: number;
  readonly records: number;
  readonly checkpoints: number;
  /** Checkpoints under keys of other replicas: compared with the chains, their seals not checked. */
  readonly unchecked: number;
  /** The first of each chain; none when all is well. */
  readonly problems: readonly AuditProblem[];
};

/** Every route of ratd: what a request carries and what a success answers. */
export interface Routes {
  /** Health of the services, the plugins and the slots */
  readonly "GET /health": { readonly query: undefined; readonly body: undefined; readonly answer: Health };
  /** Whether the process works */
  readonly "GET /health/live": { readonly query: undefined; readonly body: undefined; readonly answer: Live };
  /** Whether ratd takes requests, and has what it needs for them */
  readonly "GET /health/ready": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Live;
  };
  /** Which capabilities are active */
  readonly "GET /features": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Features;
  };
  /** Metrics for Prometheus */
  readonly "GET /metrics": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: undefined;
  };
  /** List the plugins */
  readonly "GET /api/v1/plugins": {
    readonly query: {
      readonly slot?: "auth" | "executor" | "sharing" | "enforcement" | "cloud";
      readonly health?: "healthy" | "degraded" | "down" | "unknown";
    };
    readonly body: undefined;
    readonly answer: {
      readonly plugins: readonly Plugin[];
      readonly total: number;
    };
  };
  /** Show a plugin, its addresses and the history of its health */
  readonly "GET /api/v1/plugins/{id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly id: string;
      readonly name: string;
      readonly slot: "auth" | "executor" | "sharing" | "enforcement" | "cloud" | null;
      /** The slot that it fills; empty for a plugin that fills none. */
      readonly plugin_type: string;
      readonly source: string;
      readonly image: string;
      readonly address: string;
      readonly version: string | null;
      readonly contracts: readonly string[];
      readonly capabilities: readonly string[];
      readonly wire: string | null;
      readonly state: "enabled" | "unloaded";
      readonly enabled: boolean;
      readonly health: "healthy" | "degraded" | "down" | "unknown";
      readonly message: string;
      readonly last_health: string | null;
      /** When this health began. */
      readonly health_since: string;
      readonly signature_status: string;
      readonly trust_basis: string;
      /** First time in rat.yaml. */
      readonly registered_at: string;
      readonly removed_at: string | null;
      readonly addresses: readonly PluginAddress[];
      readonly health_history: readonly HealthEvent[];
    };
  };
  /** List the slots */
  readonly "GET /api/v1/slots": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly slots: readonly Slot[];
      readonly total: number;
    };
  };
  /** Show a slot */
  readonly "GET /api/v1/slots/{slot}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Slot;
  };
  /** Show what a reload of rat.yaml would change here */
  readonly "GET /api/v1/config/diff": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly changes: readonly ConfigChange[];
      readonly total: number;
    };
  };
  /** Read rat.yaml again and put it in force here, as a whole or not at all */
  readonly "POST /api/v1/config/reload": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly changes: readonly ConfigChange[];
      readonly total: number;
    };
  };
  /** How to get a token: the OpenID provider of the auth plugin, if it names one; API keys always work */
  readonly "GET /api/v1/login": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: LoginOptions;
  };
  /** Who ratd takes you for */
  readonly "GET /api/v1/me": { readonly query: undefined; readonly body: undefined; readonly answer: Caller };
  /** List the grants on a resource */
  readonly "GET /api/v1/sharing": {
    readonly query: {
      readonly resource_type: string;
      readonly resource_id: string;
      readonly include_ended?: "true" | "false";
    };
    readonly body: undefined;
    readonly answer: {
      readonly grants: readonly Grant[];
      readonly total: number;
    };
  };
  /** Share a resource */
  readonly "POST /api/v1/sharing": {
    readonly query: undefined;
    readonly body: {
      /** Who receives access. */
      readonly grantee_id: string;
      readonly grantee_type?: "user" | "role";
      /** For example pipeline, table, namespace. */
      readonly resource_type: string;
      /** The thing. */
      readonly resource_id: string;
      readonly permission: "read" | "write" | "admin";
      /** When the grant ends by itself. */
      readonly expires_at?: string;
    };
    readonly answer: Grant;
  };
  /** List the grants that reach you, or another user (with the scope access:read) */
  readonly "GET /api/v1/sharing/received": {
    readonly query: {
      readonly user_id?: string;
      readonly roles?: string;
      readonly resource_type?: string;
      readonly limit?: string;
      readonly cursor?: string;
    };
    readonly body: undefined;
    readonly answer: {
      readonly grants: readonly Grant[];
      readonly next_cursor: string | null;
    };
  };
  /** Take a grant back; without a trace of it within a second everywhere */
  readonly "DELETE /api/v1/sharing/{grant_id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: undefined;
  };
  /** Give a resource a new owner */
  readonly "POST /api/v1/sharing/transfer": {
    readonly query: undefined;
    readonly body: {
      /** For example pipeline, table, namespace. */
      readonly resource_type: string;
      /** The thing. */
      readonly resource_id: string;
      /** The next owner. */
      readonly to_user_id: string;
      /** The owner now; default: the caller. */
      readonly from_user_id?: string;
    };
    readonly answer: {
      readonly transferred: boolean;
    };
  };
  /** Ask whether you may do something: one question, or several in `checks` */
  readonly "POST /api/v1/access/check": {
    readonly query: undefined;
    readonly body: {
      /** For example read, write, share. */
      readonly action?: string;
      /** For example pipeline, table, namespace. */
      readonly resource_type?: string;
      /** Empty asks for the kind as a whole. */
      readonly resource_id?: string;
      /** Several questions in place of one. */
      readonly checks?: readonly {
        /** For example read, write, share. */
        readonly action: string;
        /** For example pipeline, table, namespace. */
        readonly resource_type: string;
        /** Empty asks for the kind as a whole. */
        readonly resource_id: string;
      }[];
    };
    readonly answer:
      | Decision
      | {
          readonly results: readonly Decision[];
        };
  };
  /** Ask whether somebody may do something, and everything that speaks for it */
  readonly "POST /api/v1/access/explain": {
    readonly query: undefined;
    readonly body: {
      /** Whose access. */
      readonly user_id: string;
      /** The roles of that user. */
      readonly roles?: readonly string[];
      /** For example read, write, share. */
      readonly action: string;
      /** For example pipeline, table, namespace. */
      readonly resource_type: string;
      /** Empty asks for the kind as a whole. */
      readonly resource_id?: string;
    };
    readonly answer: AccessExplanation;
  };
  /** List your API keys; with the scope keys:manage all of them, or those of `user_id` */
  readonly "GET /api/v1/access/keys": {
    readonly query: { readonly user_id?: string; readonly limit?: string; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: {
      readonly keys: readonly ApiKey[];
      readonly next_cursor: string | null;
    };
  };
  /** Make an API key; the answer shows it this once */
  readonly "POST /api/v1/access/keys": {
    readonly query: undefined;
    readonly body: {
      /** What it is for. */
      readonly name: string;
      /** Some of self, namespaces:read, namespaces:write, pipelines:read, pipelines:write, runs:read, runs:execute, sharing:read, sharing:write, credentials:use, events:read, slots:read, keys:own, leases:own, plugins:read, plugins:write, plugins:execute, plugins:install, plugins:admin, config:reload, keys:manage, access:read, leases:manage, audit:read; among those that you hold. */
      readonly scopes: readonly string[];
      /** In whose name it acts; default: yours. Others need the scope keys:manage. */
      readonly user_id?: string;
      /** Among yours; default for your own key: all of them. */
      readonly roles?: readonly string[];
      /** When it ends; default: in 90 days, at most a year ahead. */
      readonly expires_at?: string;
    };
    readonly answer: MadeApiKey;
  };
  /** Show an API key */
  readonly "GET /api/v1/access/keys/{id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: ApiKey;
  };
  /** Revoke an API key, everywhere within a second */
  readonly "DELETE /api/v1/access/keys/{id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: undefined;
  };
  /** Give an API key a new secret; the old one may work on for a while */
  readonly "POST /api/v1/access/keys/{id}/rotate": {
    readonly query: undefined;
    readonly body: {
      readonly grace_seconds?: number;
    };
    readonly answer: MadeApiKey;
  };
  /** Get temporary cloud credentials for the data of a namespace, pipeline or table */
  readonly "POST /api/v1/credentials": {
    readonly query: undefined;
    readonly body: {
      /** Default: runs.credentials.provider of rat.yaml. */
      readonly provider?: "aws" | "gcp" | "azure";
      readonly resource_type: "namespace" | "pipeline" | "table";
      /** The name of the namespace, or namespace/layer/name. */
      readonly resource_id: string;
      readonly access?: "read" | "write";
    };
    readonly answer: Credentials;
  };
  /** List your leases of credentials, newest first; with the scope leases:manage all of them */
  readonly "GET /api/v1/leases": {
    readonly query: {
      readonly user_id?: string;
      readonly run_id?: string;
      readonly state?: "issuing" | "active" | "expired" | "failed" | "revoked";
      readonly limit?: string;
      readonly cursor?: string;
    };
    readonly body: undefined;
    readonly answer: {
      readonly leases: readonly Lease[];
      readonly next_cursor: string | null;
    };
  };
  /** Show a lease */
  readonly "GET /api/v1/leases/{id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Lease;
  };
  /** End a lease: its credentials at once where the provider can, and its renewal */
  readonly "DELETE /api/v1/leases/{id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly lease: Lease;
      /** Whether the credentials work no more. */
      readonly ended: boolean;
    };
  };
  /** List the namespaces */
  readonly "GET /api/v1/namespaces": {
    readonly query: { readonly limit?: string; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: {
      readonly namespaces: readonly Namespace[];
      readonly next_cursor: string | null;
    };
  };
  /** Make a namespace */
  readonly "POST /api/v1/namespaces": {
    readonly query: undefined;
    readonly body: {
      /** Unique. */
      readonly name: string;
      /** What it is for. */
      readonly description?: string;
      readonly max_running?: number | null;
    };
    readonly answer: Namespace;
  };
  /** Show a namespace */
  readonly "GET /api/v1/namespaces/{namespace}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Namespace;
  };
  /** Change a namespace */
  readonly "PATCH /api/v1/namespaces/{namespace}": {
    readonly query: undefined;
    readonly body: {
      /** What it is for. */
      readonly description?: string;
      readonly max_running?: number | null;
    };
    readonly answer: Namespace;
  };
  /** Remove a namespace that has neither pipelines nor files */
  readonly "DELETE /api/v1/namespaces/{namespace}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: undefined;
  };
  /** List the files of a namespace, by path */
  readonly "GET /api/v1/namespaces/{namespace}/files": {
    readonly query: { readonly prefix?: string; readonly limit?: string; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: {
      readonly files: readonly NamespaceFile[];
      readonly next_cursor: string | null;
    };
  };
  /** List the pipelines that you may read */
  readonly "GET /api/v1/pipelines": {
    readonly query: {
      readonly namespace?: string;
      readonly layer?: "bronze" | "silver" | "gold";
      readonly kind?: "sql" | "command";
      readonly q?: string;
      readonly limit?: string;
      readonly cursor?: string;
    };
    readonly body: undefined;
    readonly answer: {
      readonly pipelines: readonly Pipeline[];
      readonly next_cursor: string | null;
    };
  };
  /** Make a pipeline with its first version */
  readonly "POST /api/v1/pipelines": {
    readonly query: { readonly dry_run?: "true" | "false" };
    readonly body: {
      readonly namespace?: string;
      readonly layer: "bronze" | "silver" | "gold";
      /** Unique in the namespace and layer. */
      readonly name: string;
      readonly kind: "sql" | "command";
      /** command: argv, env, image, network, limits. sql: sql, sources, preview_rows, limits. */
      readonly spec: Readonly<Record<string, unknown>>;
      readonly isolation?: "process" | "container";
      readonly timeout_seconds?: number;
      readonly max_attempts?: number;
      /** Also try again what failed, not just what was lost. */
      readonly retry_on_failure?: boolean;
      readonly priority?: number;
      /** Why this version. */
      readonly message?: string;
      /** What it is for. */
      readonly description?: string;
      readonly max_running?: number | null;
      /** Put version 1 in force. */
      readonly publish?: boolean;
    };
    readonly answer: PipelinePlan | PipelineDetail;
  };
  /** Show a pipeline with its latest version */
  readonly "GET /api/v1/pipelines/{namespace}/{layer}/{name}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: PipelineDetail;
  };
  /** Give a pipeline a new version, unless the latest says just this */
  readonly "PUT /api/v1/pipelines/{namespace}/{layer}/{name}": {
    readonly query: { readonly dry_run?: "true" | "false" };
    readonly body: {
      readonly kind: "sql" | "command";
      /** command: argv, env, image, network, limits. sql: sql, sources, preview_rows, limits. */
      readonly spec: Readonly<Record<string, unknown>>;
      readonly isolation?: "process" | "container";
      readonly timeout_seconds?: number;
      readonly max_attempts?: number;
      /** Also try again what failed, not just what was lost. */
      readonly retry_on_failure?: boolean;
      readonly priority?: number;
      /** Why this version. */
      readonly message?: string;
      /** What it is for. */
      readonly description?: string;
      readonly max_running?: number | null;
      /** Put the version in force. */
      readonly publish?: boolean;
    };
    readonly answer: PipelineDetail | PipelinePlan;
  };
  /** Remove a pipeline and its triggers; its runs stay */
  readonly "DELETE /api/v1/pipelines/{namespace}/{layer}/{name}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: undefined;
  };
  /** List the versions, newest first */
  readonly "GET /api/v1/pipelines/{namespace}/{layer}/{name}/versions": {
    readonly query: { readonly limit?: string; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: {
      readonly versions: readonly PipelineVersion[];
      readonly next_cursor: string | null;
    };
  };
  /** Show a version */
  readonly "GET /api/v1/pipelines/{namespace}/{layer}/{name}/versions/{version}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: PipelineVersion;
  };
  /** Compare two versions; by default the one in force with the latest */
  readonly "GET /api/v1/pipelines/{namespace}/{layer}/{name}/diff": {
    readonly query: { readonly from?: string; readonly to?: string };
    readonly body: undefined;
    readonly answer: {
      readonly from: number;
      readonly to: number;
      readonly changes: readonly Change[];
    };
  };
  /** Put a version in force; by default the latest */
  readonly "POST /api/v1/pipelines/{namespace}/{layer}/{name}/publish": {
    readonly query: undefined;
    readonly body: {
      readonly version?: number;
    };
    readonly answer: PipelineDetail;
  };
  /** Put a version back in force; by default the one before the present */
  readonly "POST /api/v1/pipelines/{namespace}/{layer}/{name}/rollback": {
    readonly query: undefined;
    readonly body: {
      readonly version?: number;
    };
    readonly answer: PipelineDetail;
  };
  /** Which version was in force since when, newest first */
  readonly "GET /api/v1/pipelines/{namespace}/{layer}/{name}/publications": {
    readonly query: { readonly limit?: string; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: {
      readonly publications: readonly Publication[];
      readonly next_cursor: string | null;
    };
  };
  /** List the triggers of pipelines that you may read */
  readonly "GET /api/v1/triggers": {
    readonly query: {
      readonly namespace?: string;
      readonly layer?: "bronze" | "silver" | "gold";
      readonly pipeline?: string;
      readonly kind?: "cron" | "webhook" | "upstream" | "event";
      readonly paused?: "true" | "false";
      readonly limit?: string;
      readonly cursor?: string;
    };
    readonly body: undefined;
    readonly answer: {
      readonly triggers: readonly Trigger[];
      readonly next_cursor: string | null;
    };
  };
  /** List the triggers of a pipeline */
  readonly "GET /api/v1/pipelines/{namespace}/{layer}/{name}/triggers": {
    readonly query: { readonly limit?: string; readonly cursor?: string };
    readonly body: undefined;
    readonly answer: {
      readonly triggers: readonly Trigger[];
      readonly next_cursor: string | null;
    };
  };
  /** Give a pipeline a trigger; the secrets of a webhook are shown this once */
  readonly "POST /api/v1/pipelines/{namespace}/{layer}/{name}/triggers": {
    readonly query: undefined;
    readonly body: {
      readonly kind: "cron" | "webhook" | "upstream" | "event";
      /** cron: schedule, time_zone, catch_up. webhook: verify. upstream: pipeline. event: event, object, min_interval_seconds. */
      readonly config?: Readonly<Record<string, unknown>>;
      readonly paused?: boolean;
    };
    readonly answer: TriggerSecrets;
  };
  /** Show a trigger */
  readonly "GET /api/v1/triggers/{id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Trigger;
  };
  /** Change a trigger; its runs are in your name from then on */
  readonly "PATCH /api/v1/triggers/{id}": {
    readonly query: undefined;
    readonly body: {
      /** Keys to change; null takes one away. */
      readonly config?: Readonly<Record<string, unknown>>;
      readonly paused?: boolean;
    };
    readonly answer: Trigger;
  };
  /** Remove a trigger */
  readonly "DELETE /api/v1/triggers/{id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: undefined;
  };
  /** Let a trigger fire no more */
  readonly "POST /api/v1/triggers/{id}/pause": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Trigger;
  };
  /** Let a trigger fire again, from now on */
  readonly "POST /api/v1/triggers/{id}/resume": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Trigger;
  };
  /** Start a run now; with an Idempotency-Key, a repeated request answers the same run */
  readonly "POST /api/v1/triggers/{id}/fire": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Fired;
  };
  /** Give a webhook a new token and a new secret; the old ones end at once */
  readonly "POST /api/v1/triggers/{id}/rotate": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: TriggerSecrets;
  };
  /** List runs, newest first */
  readonly "GET /api/v1/runs": {
    readonly query: {
      readonly namespace?: string;
      readonly layer?: "bronze" | "silver" | "gold";
      readonly pipeline?: string;
      readonly state?: string;
      readonly trigger?: "manual" | "retry" | "cron" | "webhook" | "upstream" | "event";
      readonly created_by?: string;
      readonly limit?: string;
      readonly cursor?: string;
    };
    readonly body: undefined;
    readonly answer: {
      readonly runs: readonly Run[];
      readonly next_cursor: string | null;
    };
  };
  /** Start a run; with an Idempotency-Key, a repeated request answers the same run */
  readonly "POST /api/v1/runs": {
    readonly query: undefined;
    readonly body: {
      /** The namespace; default: `default`. */
      readonly namespace?: string;
      readonly layer: "bronze" | "silver" | "gold";
      /** The name of the pipeline. */
      readonly pipeline: string;
      /** A version; default: the published one. */
      readonly version?: number;
      /** Further environment of the run. */
      readonly env?: Readonly<Record<string, string>>;
      /** Higher runs first; default: that of the version. */
      readonly priority?: number;
    };
    readonly answer: Run;
  };
  /** Show a run with its attempts */
  readonly "GET /api/v1/runs/{id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly run: Run;
      readonly attempts: readonly RunAttempt[];
    };
  };
  /** Wait until a run has ended, or for the given seconds */
  readonly "GET /api/v1/runs/{id}/wait": {
    readonly query: { readonly seconds?: string };
    readonly body: undefined;
    readonly answer: Run;
  };
  /** Cancel a run; one under way ends as soon as its executor has stopped it */
  readonly "POST /api/v1/runs/{id}/cancel": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Run;
  };
  /** Run the same version with the same environment once more, as a new run */
  readonly "POST /api/v1/runs/{id}/retry": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Run;
  };
  /** Show what a run answered: for SQL its columns and first rows */
  readonly "GET /api/v1/runs/{id}/result": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Readonly<Record<string, unknown>>;
  };
  /** Read the output of a run; with follow=true live, resuming after Last-Event-ID */
  readonly "GET /api/v1/runs/{id}/logs": {
    readonly query: {
      readonly attempt?: string;
      readonly offset?: string;
      readonly limit?: string;
      readonly follow?: "true" | "false";
    };
    readonly body: undefined;
    readonly answer: {
      readonly attempt: number;
      readonly lines: readonly RunLogLine[];
      /** Where to read on. */
      readonly next_offset: number;
    };
  };
  /** List audit records, newest first */
  readonly "GET /api/v1/audit": {
    readonly query: {
      readonly from?: string;
      readonly to?: string;
      readonly actor?: string;
      readonly action?: string;
      readonly object_type?: string;
      readonly object_id?: string;
      readonly result?: "begun" | "ok" | "refused" | "failed";
      readonly auth_mode?: "plugin" | "api_key" | "builtin" | "noop-fallback" | "denying" | "none";
      readonly request_id?: string;
      readonly limit?: string;
      readonly cursor?: string;
    };
    readonly body: undefined;
    readonly answer: {
      readonly records: readonly AuditRecord[];
      readonly next_cursor: string | null;
    };
  };
  /** Export audit records, each chain from its beginning, as NDJSON or CSV */
  readonly "GET /api/v1/audit/export": {
    readonly query: {
      readonly from?: string;
      readonly to?: string;
      readonly actor?: string;
      readonly action?: string;
      readonly object_type?: string;
      readonly object_id?: string;
      readonly result?: "begun" | "ok" | "refused" | "failed";
      readonly auth_mode?: "plugin" | "api_key" | "builtin" | "noop-fallback" | "denying" | "none";
      readonly request_id?: string;
      readonly format?: "ndjson" | "csv";
    };
    readonly body: undefined;
    readonly answer: undefined;
  };
  /** Look at the whole audit log: the first record of each chain that was edited, removed, moved or cut off */
  readonly "GET /api/v1/audit/verify": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: AuditVerification;
  };
  /** Follow what happens, as server-sent events; resumes after Last-Event-ID */
  readonly "GET /api/v1/events": {
    readonly query: { readonly topics?: string };
    readonly body: undefined;
    readonly answer: string;
  };
  /** Read a file */
  readonly "GET /api/v1/namespaces/{namespace}/files/{*}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: undefined;
  };
  /** Store a file below raw/; the body is its content */
  readonly "PUT /api/v1/namespaces/{namespace}/files/{*}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: NamespaceFile;
  };
  /** Remove a file below raw/ */
  readonly "DELETE /api/v1/namespaces/{namespace}/files/{*}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: undefined;
  };
  /** Start the run of a webhook; a repeated delivery answers the same run */
  readonly "POST /api/v1/webhooks/{id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Fired;
  };
}

/** The keys that the answer of a route always has. */
export const REQUIRED_KEYS: Readonly<Record<keyof Routes, readonly string[]>> = {
  "GET /health": [
    "status",
    "version",
    "edition",
    "uptime_seconds",
    "exposure",
    "services",
    "problems",
    "plugins",
    "fallback_active",
    "slots",
  ],
  "GET /health/live": ["status"],
  "GET /health/ready": ["status"],
  "GET /features": [
    "edition",
    "auth",
    "sharing",
    "enforcement",
    "container_executor",
    "cloud_aws",
    "pipeline_triggers",
    "pipeline_versions",
    "executor_delivery",
    "auth_fallback",
  ],
  "GET /metrics": [],
  "GET /api/v1/plugins": ["plugins", "total"],
  "GET /api/v1/plugins/{id}": [
    "id",
    "name",
    "slot",
    "plugin_type",
    "source",
    "image",
    "address",
    "version",
    "contracts",
    "capabilities",
    "wire",
    "state",
    "enabled",
    "health",
    "message",
    "last_health",
    "health_since",
    "signature_status",
    "trust_basis",
    "registered_at",
    "removed_at",
    "addresses",
    "health_history",
  ],
  "GET /api/v1/slots": ["slots", "total"],
  "GET /api/v1/slots/{slot}": [
    "name",
    "state",
    "served_by",
    "plugin",
    "version",
    "health",
    "on_down",
    "reason",
    "since",
    "fallback_requests",
    "image",
    "address",
  ],
  "GET /api/v1/config/diff": ["changes", "total"],
  "POST /api/v1/config/reload": ["changes", "total"],
  "GET /api/v1/login": ["auth_slot", "openid"],
  "GET /api/v1/me": ["user_id", "email", "roles", "auth_mode", "scopes", "key_id"],
  "GET /api/v1/sharing": ["grants", "total"],
  "POST /api/v1/sharing": [
    "grant_id",
    "grantee_id",
    "grantee_type",
    "resource_type",
    "resource_id",
    "permission",
    "granted_by",
    "granted_at",
    "expires_at",
    "revoked_by",
    "revoked_at",
  ],
  "GET /api/v1/sharing/received": ["grants", "next_cursor"],
  "DELETE /api/v1/sharing/{grant_id}": [],
  "POST /api/v1/sharing/transfer": ["transferred"],
  "POST /api/v1/access/check": [],
  "POST /api/v1/access/explain": [
    "allowed",
    "reason",
    "decided_by",
    "slot_state",
    "owner",
    "ancestors",
    "paths",
    "by_role",
  ],
  "GET /api/v1/access/keys": ["keys", "next_cursor"],
  "POST /api/v1/access/keys": [
    "id",
    "name",
    "user_id",
    "roles",
    "scopes",
    "created_by",
    "created_at",
    "expires_at",
    "last_used_at",
    "rotated_at",
    "previous_until",
    "revoked_at",
    "revoked_by",
    "key",
  ],
  "GET /api/v1/access/keys/{id}": [
    "id",
    "name",
    "user_id",
    "roles",
    "scopes",
    "created_by",
    "created_at",
    "expires_at",
    "last_used_at",
    "rotated_at",
    "previous_until",
    "revoked_at",
    "revoked_by",
  ],
  "DELETE /api/v1/access/keys/{id}": [],
  "POST /api/v1/access/keys/{id}/rotate": [
    "id",
    "name",
    "user_id",
    "roles",
    "scopes",
    "created_by",
    "created_at",
    "expires_at",
    "last_used_at",
    "rotated_at",
    "previous_until",
    "revoked_at",
    "revoked_by",
    "key",
  ],
  "POST /api/v1/credentials": [
    "lease_id",
    "provider",
    "resource_type",
    "resource_id",
    "resource",
    "access",
    "credentials",
    "expires_at",
  ],
  "GET /api/v1/leases": ["leases", "next_cursor"],
  "GET /api/v1/leases/{id}": [
    "id",
    "state",
    "user_id",
    "run_id",
    "provider",
    "resource_type",
    "resource_id",
    "access",
    "scopes",
    "plugin",
    "renewable",
    "revocable",
    "issued_at",
    "renewed_at",
    "expires_at",
    "revoked_at",
    "revoked_by",
    "reason",
  ],
  "DELETE /api/v1/leases/{id}": ["lease", "ended"],
  "GET /api/v1/namespaces": ["namespaces", "next_cursor"],
  "POST /api/v1/namespaces": ["name", "description", "owner", "max_running", "created_at", "updated_at"],
  "GET /api/v1/namespaces/{namespace}": [
    "name",
    "description",
    "owner",
    "max_running",
    "created_at",
    "updated_at",
  ],
  "PATCH /api/v1/namespaces/{namespace}": [
    "name",
    "description",
    "owner",
    "max_running",
    "created_at",
    "updated_at",
  ],
  "DELETE /api/v1/namespaces/{namespace}": [],
  "GET /api/v1/namespaces/{namespace}/files": ["files", "next_cursor"],
  "GET /api/v1/pipelines": ["pipelines", "next_cursor"],
  "POST /api/v1/pipelines": [],
  "GET /api/v1/pipelines/{namespace}/{layer}/{name}": [
    "id",
    "namespace",
    "layer",
    "name",
    "description",
    "owner",
    "max_running",
    "kind",
    "latest_version",
    "published_version",
    "created_at",
    "updated_at",
    "latest",
  ],
  "PUT /api/v1/pipelines/{namespace}/{layer}/{name}": [],
  "DELETE /api/v1/pipelines/{namespace}/{layer}/{name}": [],
  "GET /api/v1/pipelines/{namespace}/{layer}/{name}/versions": ["versions", "next_cursor"],
  "GET /api/v1/pipelines/{namespace}/{layer}/{name}/versions/{version}": [
    "version",
    "kind",
    "spec",
    "isolation",
    "timeout_seconds",
    "max_attempts",
    "retry_on_failure",
    "priority",
    "message",
    "created_by",
    "created_at",
  ],
  "GET /api/v1/pipelines/{namespace}/{layer}/{name}/diff": ["from", "to", "changes"],
  "POST /api/v1/pipelines/{namespace}/{layer}/{name}/publish": [
    "id",
    "namespace",
    "layer",
    "name",
    "description",
    "owner",
    "max_running",
    "kind",
    "latest_version",
    "published_version",
    "created_at",
    "updated_at",
    "latest",
  ],
  "POST /api/v1/pipelines/{namespace}/{layer}/{name}/rollback": [
    "id",
    "namespace",
    "layer",
    "name",
    "description",
    "owner",
    "max_running",
    "kind",
    "latest_version",
    "published_version",
    "created_at",
    "updated_at",
    "latest",
  ],
  "GET /api/v1/pipelines/{namespace}/{layer}/{name}/publications": ["publications", "next_cursor"],
  "GET /api/v1/triggers": ["triggers", "next_cursor"],
  "GET /api/v1/pipelines/{namespace}/{layer}/{name}/triggers": ["triggers", "next_cursor"],
  "POST /api/v1/pipelines/{namespace}/{layer}/{name}/triggers": [
    "id",
    "pipeline",
    "kind",
    "config",
    "paused",
    "next_fires",
    "last_fired_at",
    "last_run_id",
    "last_error",
    "created_by",
    "created_at",
    "updated_at",
    "token",
    "secret",
  ],
  "GET /api/v1/triggers/{id}": [
    "id",
    "pipeline",
    "kind",
    "config",
    "paused",
    "next_fires",
    "last_fired_at",
    "last_run_id",
    "last_error",
    "created_by",
    "created_at",
    "updated_at",
  ],
  "PATCH /api/v1/triggers/{id}": [
    "id",
    "pipeline",
    "kind",
    "config",
    "paused",
    "next_fires",
    "last_fired_at",
    "last_run_id",
    "last_error",
    "created_by",
    "created_at",
    "updated_at",
  ],
  "DELETE /api/v1/triggers/{id}": [],
  "POST /api/v1/triggers/{id}/pause": [
    "id",
    "pipeline",
    "kind",
    "config",
    "paused",
    "next_fires",
    "last_fired_at",
    "last_run_id",
    "last_error",
    "created_by",
    "created_at",
    "updated_at",
  ],
  "POST /api/v1/triggers/{id}/resume": [
    "id",
    "pipeline",
    "kind",
    "config",
    "paused",
    "next_fires",
    "last_fired_at",
    "last_run_id",
    "last_error",
    "created_by",
    "created_at",
    "updated_at",
  ],
  "POST /api/v1/triggers/{id}/fire": [],
  "POST /api/v1/triggers/{id}/rotate": [
    "id",
    "pipeline",
    "kind",
    "config",
    "paused",
    "next_fires",
    "last_fired_at",
    "last_run_id",
    "last_error",
    "created_by",
    "created_at",
    "updated_at",
    "token",
    "secret",
  ],
  "GET /api/v1/runs": ["runs", "next_cursor"],
  "POST /api/v1/runs": [
    "id",
    "namespace",
    "layer",
    "pipeline",
    "version",
    "kind",
    "state",
    "reason",
    "isolation",
    "priority",
    "trigger",
    "trigger_id",
    "upstream_run_id",
    "retry_of",
    "created_by",
    "attempt",
    "max_attempts",
    "timeout_seconds",
    "executor",
    "cancel_requested",
    "exit_code",
    "rows_written",
    "created_at",
    "started_at",
    "finished_at",
    "duration_ms",
  ],
  "GET /api/v1/runs/{id}": ["run", "attempts"],
  "GET /api/v1/runs/{id}/wait": [
    "id",
    "namespace",
    "layer",
    "pipeline",
    "version",
    "kind",
    "state",
    "reason",
    "isolation",
    "priority",
    "trigger",
    "trigger_id",
    "upstream_run_id",
    "retry_of",
    "created_by",
    "attempt",
    "max_attempts",
    "timeout_seconds",
    "executor",
    "cancel_requested",
    "exit_code",
    "rows_written",
    "created_at",
    "started_at",
    "finished_at",
    "duration_ms",
  ],
  "POST /api/v1/runs/{id}/cancel": [
    "id",
    "namespace",
    "layer",
    "pipeline",
    "version",
    "kind",
    "state",
    "reason",
    "isolation",
    "priority",
    "trigger",
    "trigger_id",
    "upstream_run_id",
    "retry_of",
    "created_by",
    "attempt",
    "max_attempts",
    "timeout_seconds",
    "executor",
    "cancel_requested",
    "exit_code",
    "rows_written",
    "created_at",
    "started_at",
    "finished_at",
    "duration_ms",
  ],
  "POST /api/v1/runs/{id}/retry": [
    "id",
    "namespace",
    "layer",
    "pipeline",
    "version",
    "kind",
    "state",
    "reason",
    "isolation",
    "priority",
    "trigger",
    "trigger_id",
    "upstream_run_id",
    "retry_of",
    "created_by",
    "attempt",
    "max_attempts",
    "timeout_seconds",
    "executor",
    "cancel_requested",
    "exit_code",
    "rows_written",
    "created_at",
    "started_at",
    "finished_at",
    "duration_ms",
  ],
  "GET /api/v1/runs/{id}/result": [],
  "GET /api/v1/runs/{id}/logs": ["attempt", "lines", "next_offset"],
  "GET /api/v1/audit": ["records", "next_cursor"],
  "GET /api/v1/audit/export": [],
  "GET /api/v1/audit/verify": ["ok", "writers", "records", "checkpoints", "unchecked", "problems"],
  "GET /api/v1/events": [],
  "GET /api/v1/namespaces/{namespace}/files/{*}": [],
  "PUT /api/v1/namespaces/{namespace}/files/{*}": [],
  "DELETE /api/v1/namespaces/{namespace}/files/{*}": [],
  "POST /api/v1/webhooks/{id}": [],
};
