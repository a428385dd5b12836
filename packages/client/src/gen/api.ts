// Made from docs/reference/openapi.json by `npm run docs`. Edit the routes of ratd, not this file.

/** The shape `SlotHealth` of the API. */
export type SlotHealth = {
  readonly state: "active" | "degraded" | "fallback" | "denying" | "builtin" | "unknown";
  readonly served_by: "plugin" | "builtin" | "nobody";
  readonly plugin: string | null;
  readonly version: string | null;
  readonly health: "healthy" | "degraded" | "down" | "unknown" | null;
  readonly on_down: "noop" | "deny" | null;
  readonly reason: string;
  readonly since: string;
  readonly fallback_requests: number;
};

/** The shape `Slot` of the API. */
export type Slot = {
  readonly name: string;
  readonly state: "active" | "degraded" | "fallback" | "denying" | "builtin" | "unknown";
  readonly served_by: "plugin" | "builtin" | "nobody";
  readonly plugin: string | null;
  readonly version: string | null;
  readonly health: "healthy" | "degraded" | "down" | "unknown" | null;
  readonly on_down: "noop" | "deny" | null;
  readonly reason: string;
  readonly since: string;
  readonly fallback_requests: number;
  readonly image: string | null;
  readonly address: string | null;
};

/** The shape `Plugin` of the API. */
export type Plugin = {
  readonly id: string;
  readonly name: string;
  readonly slot: string;
  readonly plugin_type: string;
  readonly source: string;
  readonly image: string | null;
  readonly address: string | null;
  readonly version: string | null;
  readonly contracts: readonly string[];
  readonly capabilities: readonly string[];
  readonly wire: string | null;
  readonly state: "enabled" | "unloaded";
  readonly enabled: boolean;
  readonly health: "healthy" | "degraded" | "down" | "unknown";
  readonly message: string | null;
  readonly last_health: string | null;
  readonly health_since: string | null;
  readonly signature_status: string;
  readonly trust_basis: string;
  readonly registered_at: string;
  readonly removed_at: string | null;
};

/** The shape `PluginDetail` of the API. */
export type PluginDetail = {
  readonly id: string;
  readonly name: string;
  readonly slot: string;
  readonly plugin_type: string;
  readonly source: string;
  readonly image: string | null;
  readonly address: string | null;
  readonly version: string | null;
  readonly contracts: readonly string[];
  readonly capabilities: readonly string[];
  readonly wire: string | null;
  readonly state: "enabled" | "unloaded";
  readonly enabled: boolean;
  readonly health: "healthy" | "degraded" | "down" | "unknown";
  readonly message: string | null;
  readonly last_health: string | null;
  readonly health_since: string | null;
  readonly signature_status: string;
  readonly trust_basis: string;
  readonly registered_at: string;
  readonly removed_at: string | null;
  readonly addresses: readonly string[];
  readonly health_history: readonly {
    readonly from: string;
    readonly to: string;
    readonly message: string | null;
    readonly at: string;
  }[];
};

/** The shape `Grant` of the API. */
export type Grant = {
  readonly grant_id: string;
  readonly grantee_id: string;
  readonly grantee_type: string;
  readonly resource_type: string;
  readonly resource_id: string;
  readonly permission: "read" | "write" | "admin";
  readonly granted_by: string;
  readonly granted_at: string;
  readonly expires_at: string | null;
};

/** The shape `Decision` of the API. */
export type Decision = {
  readonly allowed: boolean;
  readonly reason: string;
};

/** Every route of ratd: what a request carries and what a success answers. */

export interface Routes {
  /** Whether ratd and its slots work */
  readonly "GET /health": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly status: "ok" | "degraded";
      readonly version: string;
      readonly edition: string;
      readonly uptime_seconds: number;
      readonly exposure: "loopback" | "network";
      readonly services: Readonly<Record<string, "healthy" | "degraded" | "down" | "unknown">>;
      readonly plugins: Readonly<Record<string, "healthy" | "degraded" | "down" | "unknown">>;
      readonly fallback_active: boolean;
      readonly slots: Readonly<Record<string, SlotHealth>>;
    };
  };
  /** Whether the process works */
  readonly "GET /health/live": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly status: string;
    };
  };
  /** Whether ratd takes requests */
  readonly "GET /health/ready": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly status: string;
    };
  };
  /** Feature flags */
  readonly "GET /features": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly edition: string;
      readonly auth: boolean;
      readonly sharing: boolean;
      readonly enforcement: boolean;
      readonly container_executor: boolean;
      readonly cloud_aws: boolean;
      readonly pipeline_triggers: boolean;
      readonly pipeline_versions: boolean;
      readonly auth_fallback: boolean;
    };
  };
  /** Every plugin */
  readonly "GET /api/v1/plugins": {
    readonly query: { readonly slot?: string; readonly health?: "healthy" | "degraded" | "down" | "unknown" };
    readonly body: undefined;
    readonly answer: {
      readonly plugins: readonly Plugin[];
      readonly total: number;
    };
  };
  /** One plugin */
  readonly "GET /api/v1/plugins/{id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: PluginDetail;
  };
  /** Every slot */
  readonly "GET /api/v1/slots": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly slots: readonly Slot[];
      readonly total: number;
    };
  };
  /** One slot */
  readonly "GET /api/v1/slots/{slot}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Slot;
  };
  /** The caller */
  readonly "GET /api/v1/me": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: {
      readonly user_id: string;
      readonly email: string;
      readonly roles: readonly string[];
      readonly auth_mode: "plugin" | "builtin" | "noop-fallback";
    };
  };
  /** Grants of a resource */
  readonly "GET /api/v1/sharing": {
    readonly query: { readonly resource_type: string; readonly resource_id: string };
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
      readonly grantee_id: string;
      readonly grantee_type?: string;
      readonly resource_type: string;
      readonly resource_id: string;
      readonly permission: "read" | "write" | "admin";
      readonly expires_at?: string;
    };
    readonly answer: Grant;
  };
  /** Take a grant back */
  readonly "DELETE /api/v1/sharing/{grant_id}": {
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: undefined;
  };
  /** Hand a resource over */
  readonly "POST /api/v1/sharing/transfer": {
    readonly query: undefined;
    readonly body: {
      readonly resource_type: string;
      readonly resource_id: string;
      readonly to_user_id: string;
      readonly from_user_id?: string;
    };
    readonly answer: {
      readonly transferred: boolean;
    };
  };
  /** Ask whether the caller may */
  readonly "POST /api/v1/access/check": {
    readonly query: undefined;
    readonly body:
      | {
          readonly action: string;
          readonly resource_type: string;
          readonly resource_id: string;
        }
      | {
          readonly checks: readonly {
            readonly action: string;
            readonly resource_type: string;
            readonly resource_id: string;
          }[];
        };
    readonly answer:
      | Decision
      | {
          readonly results: readonly Decision[];
        };
  };
  /** Temporary cloud credentials */
  readonly "POST /api/v1/credentials": {
    readonly query: undefined;
    readonly body: {
      readonly provider: "aws" | "gcp" | "azure";
      readonly resource: string;
    };
    readonly answer: {
      readonly provider: string;
      readonly resource: string;
      readonly credentials: Readonly<Record<string, string>>;
      readonly expires_at: string;
    };
  };
  /** The event stream */
  readonly "GET /api/v1/events": {
    readonly query: { readonly topics?: string };
    readonly body: undefined;
    readonly answer: undefined;
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
    "auth_fallback",
  ],
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
  "GET /api/v1/me": ["user_id", "email", "roles", "auth_mode"],
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
  ],
  "DELETE /api/v1/sharing/{grant_id}": [],
  "POST /api/v1/sharing/transfer": ["transferred"],
  "POST /api/v1/access/check": [],
  "POST /api/v1/credentials": ["provider", "resource", "credentials", "expires_at"],
  "GET /api/v1/events": [],
};
