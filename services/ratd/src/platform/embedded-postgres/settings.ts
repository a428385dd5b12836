/** Settings of the embedded PostgreSQL: small, safe on power loss (fsync stays on), no network. */
const SETTINGS = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  // Room for several pools of ten, migrations, and an operator with psql.
  max_connections: "60",
  // A control plane's tables are small; the operating system caches the rest.
  shared_buffers: "32MB",
  max_wal_size: "256MB",
  min_wal_size: "32MB",
  jit: "off",
  max_parallel_workers_per_gather: "0",
  // No extra I/O worker processes for so little I/O.
  io_method: "sync",
  max_wal_senders: "0",
  idle_in_transaction_session_timeout: "60s",
  log_checkpoints: "off",
  log_line_prefix: "",
  log_timezone: "UTC",
  timezone: "UTC",
  lc_messages: "C",
} as const;

/** Command line of the server. Given here rather than in postgresql.conf, so that an upgrade of ratd brings them along. */
export function serverArguments(cluster: string, socketDirectory: string): readonly string[] {
  const settings = { ...SETTINGS, unix_socket_directories: socketDirectory };
  return ["-D", cluster, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

/**
 * Arguments of initdb. `trust` lets everyone in who reaches the socket: its directory is 0700, so that is the server's
 * own user and root, who can both read the files anyway; a password would keep out nobody.
 */
export function initdbArguments(cluster: string): readonly string[] {
  return [
    "--pgdata",
    cluster,
    "--username=rat",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
  ];
}
