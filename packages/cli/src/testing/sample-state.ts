import type { Health, PluginDetail, Slot } from "@rat/client";
import { sampleAudit } from "./fake-audit-routes.ts";
import type { FakeState } from "./fake-ratd.ts";
import { noAccess, sampleAccess } from "./sample-access.ts";
import { noPipelines, samplePipelines } from "./sample-pipelines.ts";

const SLOTS: readonly Slot[] = [
  {
    name: "auth",
    state: "fallback",
    served_by: "builtin",
    plugin: "auth-keycloak",
    version: "1.2.0",
    health: "down",
    on_down: "noop",
    reason: "auth-keycloak is down: connection refused (keycloak:8080).",
    since: "2026-01-15T11:56:00.000Z",
    fallback_requests: 3,
    image: "registry.example/auth-keycloak:1.2.0",
    address: "keycloak:8080",
  },
  {
    name: "executor",
    state: "degraded",
    served_by: "plugin",
    plugin: "container-executor",
    version: "2.1.0",
    health: "degraded",
    on_down: "noop",
    reason: "queue 41",
    since: "2026-01-15T11:51:00.000Z",
    fallback_requests: 0,
    image: "registry.example/container-executor:2.1.0",
    address: "executor:50061",
  },
  builtin("sharing"),
  {
    name: "enforcement",
    state: "active",
    served_by: "plugin",
    plugin: "enforcement-plugin",
    version: "0.9.1",
    health: "healthy",
    on_down: "deny",
    reason: "The plugin is healthy.",
    since: "2026-01-12T12:00:00.000Z",
    fallback_requests: 0,
    image: "registry.example/enforcement-plugin:0.9.1",
    address: "enforcement:50063",
  },
  builtin("cloud"),
];

function builtin(name: Slot["name"]): Slot {
  return {
    name,
    state: "builtin",
    served_by: "builtin",
    plugin: null,
    version: null,
    health: null,
    on_down: null,
    reason: "No plugin is configured.",
    since: "2026-01-03T12:00:00.000Z",
    fallback_requests: 0,
    image: null,
    address: null,
  };
}

const PLUGIN: PluginDetail = {
  id: "p-1",
  name: "auth-keycloak",
  slot: "auth",
  plugin_type: "auth",
  source: "config",
  image: "registry.example/auth-keycloak:1.2.0",
  address: "keycloak:8080",
  version: "1.2.0",
  contracts: ["rat.auth.v1"],
  capabilities: [],
  wire: "connect",
  state: "enabled",
  enabled: true,
  health: "down",
  message: "connection refused\u001B[31m",
  last_health: "2026-01-15T11:59:00.000Z",
  health_since: "2026-01-15T11:56:00.000Z",
  signature_status: "skipped",
  trust_basis: "operator",
  registered_at: "2026-01-03T12:00:00.000Z",
  removed_at: null,
  addresses: [],
  health_history: [
    { from: "healthy", to: "down", message: "connection refused", at: "2026-01-15T11:56:00.000Z" },
  ],
};

/** The slots as /health shows them. */
function summaries(slots: readonly Slot[]): Health["slots"] {
  return Object.fromEntries(
    slots.map(
      ({ name, state, served_by, plugin, version, health, on_down, reason, since, fallback_requests }) => [
        name,
        { state, served_by, plugin, version, health, on_down, reason, since, fallback_requests },
      ],
    ),
  );
}

/** A ratd whose auth slot is in fallback and whose executor is degraded; a fresh copy at each call. */
export function troubledState(): FakeState {
  return {
    health: {
      status: "ok",
      version: "0.1.0",
      edition: "pro",
      uptime_seconds: 1_040_000,
      exposure: "loopback",
      services: { postgres: "healthy" },
      problems: [],
      plugins: { "auth-keycloak": "down", "container-executor": "degraded", "enforcement-plugin": "healthy" },
      fallback_active: true,
      slots: summaries(SLOTS),
    },
    features: {
      edition: "pro",
      auth: false,
      sharing: false,
      enforcement: true,
      container_executor: true,
      cloud_aws: false,
      pipeline_triggers: true,
      pipeline_versions: true,
      executor_delivery: null,
      auth_fallback: true,
    },
    slots: SLOTS,
    plugins: [PLUGIN],
    config: [
      { key: "limits.rate", from: null, to: "7", applies: "now" },
      { key: "listen", from: '"127.0.0.1:8080"', to: '"127.0.0.1:9090"', applies: "restart" },
      { key: "plugins.auth.config.issuer", from: "(hidden)", to: "(hidden)", applies: "now" },
    ],
    ready: true,
    token: undefined,
    eventFrames: "",
    pipelines: samplePipelines(),
    audit: sampleAudit(),
    access: sampleAccess(),
  };
}

/** A ratd without any plugin, as it is after installation. */
export function emptyState(): FakeState {
  const state = troubledState();
  const slots = SLOTS.map(({ name }) => builtin(name));
  return {
    ...state,
    health: {
      ...state.health,
      edition: "community",
      plugins: {},
      fallback_active: false,
      slots: summaries(slots),
    },
    slots,
    plugins: [],
    config: [],
    pipelines: noPipelines(),
    access: noAccess(),
  };
}

/** `state` with one slot of /health changed. */
export function withSlot(state: FakeState, name: Slot["name"], change: Partial<Slot>): FakeState {
  const before = state.health.slots[name];
  if (before === undefined) throw new Error(`no slot ${name}`);
  return {
    ...state,
    health: { ...state.health, slots: { ...state.health.slots, [name]: { ...before, ...change } } },
  };
}
