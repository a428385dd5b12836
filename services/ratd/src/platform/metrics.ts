import { Counter, Gauge, Histogram, Registry as PromRegistry } from "prom-client";

/** Upper bounds of the buckets for durations of calls, in seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** All metrics of ratd. Labels never hold users, tokens, run ids or URLs. */
export function createMetrics(version: string) {
  const registry = new PromRegistry();
  const makers = makersFor(registry);
  makers
    .gauge("rat_build_info", "1, with the version of ratd and Node.js.", ["version", "node"])
    .set({ version, node: process.version }, 1);
  return {
    /** The text of /metrics and its content type. */
    scrape: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    ...slotMetrics(makers),
    ...pluginMetrics(makers),
    ...requestMetrics(makers),
    ...runMetrics(makers),
    ...daemonMetrics(makers),
  };
}

/** The metrics of one ratd. */
export type Metrics = ReturnType<typeof createMetrics>;

/** What makes metrics of one registry, by their type. */
type Makers = ReturnType<typeof makersFor>;

function makersFor(registry: PromRegistry) {
  const registers = [registry];
  return {
    gauge: <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Gauge({ name, help, labelNames, registers }),
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Counter({ name, help, labelNames, registers }),
    histogram: <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Histogram({ name, help, labelNames, registers, buckets: DURATION_BUCKETS }),
  };
}

function slotMetrics({ gauge, counter }: Makers) {
  return {
    slotState: gauge("rat_slot_state", "1 for the state that the slot is in.", ["slot", "state"]),
    slotFallbackActive: gauge("rat_slot_fallback_active", "1 while on_down answers for the slot's plugin.", [
      "slot",
      "mode",
    ]),
    slotFallbackRequests: counter(
      "rat_slot_fallback_requests_total",
      "Requests that a stand-in answered or refused while the slot's plugin did not serve.",
      ["slot"],
    ),
  };
}

function pluginMetrics({ gauge, counter, histogram }: Makers) {
  return {
    pluginInfo: gauge("rat_plugin_info", "1, with what is known about the plugin.", [
      "plugin",
      "slot",
      "version",
      "source",
      "signature_status",
    ]),
    pluginHealth: gauge("rat_plugin_health", "1 for the status that the plugin has.", [
      "plugin",
      "slot",
      "status",
    ]),
    healthCheckDuration: histogram("rat_plugin_health_check_duration_seconds", "Duration of health checks.", [
      "plugin",
      "slot",
    ]),
    healthChecks: counter("rat_plugin_health_checks_total", "Health checks by what they found.", [
      "plugin",
      "slot",
      "result",
    ]),
    lastHealth: gauge("rat_plugin_last_health_timestamp_seconds", "Unix time of the last health check.", [
      "plugin",
      "slot",
    ]),
    rpcRequests: counter("rat_plugin_rpc_requests_total", "Calls to plugins by result.", [
      "slot",
      "service",
      "method",
      "code",
    ]),
    rpcDuration: histogram("rat_plugin_rpc_duration_seconds", "Duration of calls to plugins.", [
      "slot",
      "service",
      "method",
    ]),
  };
}

function requestMetrics({ counter, gauge, histogram }: Makers) {
  return {
    httpRequests: counter("rat_http_requests_total", "HTTP requests by route and status.", [
      "method",
      "route",
      "status",
    ]),
    httpDuration: histogram("rat_http_request_duration_seconds", "Duration of HTTP requests.", [
      "method",
      "route",
    ]),
    accessCache: counter(
      "rat_access_cache_lookups_total",
      "Looks into the caches of identities and of access decisions.",
      ["cache", "result"],
    ),
    eventClients: gauge("rat_event_stream_clients", "Open event streams.", []),
  };
}

function runMetrics({ gauge, counter, histogram }: Makers) {
  return {
    runsEnded: counter("rat_runs_total", "Runs that ended, by how.", ["status", "executor"]),
    runAttempts: counter("rat_run_attempts_total", "Attempts that ended, by how.", ["outcome", "executor"]),
    runsActive: gauge("rat_runs_active", "Runs that this ratd follows.", ["executor"]),
    runsClaimed: counter("rat_runs_claimed_total", "Runs taken from the queue.", ["executor"]),
    runsAdopted: counter("rat_runs_adopted_total", "Runs taken over from a ratd that was gone.", []),
    runStaleWrites: counter(
      "rat_run_stale_writes_total",
      "Writes refused because the attempt belonged to somebody else by then.",
      ["write"],
    ),
    runDuration: histogram("rat_run_duration_seconds", "Duration of runs from their claim.", ["executor"]),
    runLogBytes: counter("rat_run_log_bytes_total", "Bytes of output taken in.", []),
    runLogSubscribers: gauge("rat_run_log_stream_subscribers", "Open streams of output.", []),
  };
}

function daemonMetrics({ gauge, counter }: Makers) {
  return {
    configReloads: counter("rat_config_reloads_total", "Attempts to reload rat.yaml, by how they ended.", [
      "result",
    ]),
    auditEvents: counter("rat_audit_events_total", "Records of the audit log.", ["action"]),
    auditLost: counter("rat_audit_lost_total", "Audit records that are in the log of ratd only.", []),
    serviceUp: gauge("rat_service_up", "1 while the core service is healthy.", ["service"]),
  };
}
