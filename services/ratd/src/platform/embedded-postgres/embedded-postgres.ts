import { rm } from "node:fs/promises";
import type { ClientConfig } from "pg";
import { SHARED_HOME } from "../data-directory/shared-place.ts";
import type { Logger } from "../logger.ts";
import { findBinaries } from "./binaries.ts";
import { ensureCluster } from "./cluster.ts";
import { linkCluster, placeCluster } from "./placement.ts";
import { connectionTo, startServer } from "./server.ts";
import { makeSocketDirectory } from "./socket-directory.ts";
import { superviseServer } from "./supervise-server.ts";

/** A PostgreSQL that belongs to this ratd: started with it, healed while it runs, stopped with it. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** For `pg`. Stays the same across restarts of the server. */
  readonly connection: ClientConfig;
  /** The same as a URL, for psql and other programs. */
  readonly connectionString: string;
  /** Of the server, for example `18.4`. */
  readonly version: string;
  readonly socketDirectory: string;
  /** Where its files are. */
  readonly cluster: string;
  /** What the operator should know about where and as whom it runs. */
  readonly notice: string | undefined;
  /** Of the server process; undefined between its death and its restart. */
  readonly pid: number | undefined;
}

/** What it takes to start one. */
export interface EmbeddedPostgresOptions {
  /** An open data directory: its lock is what keeps a second server away. */
  readonly dataDirectory: string;
  readonly logger: Logger;
  /** Gives up the start; has no effect on a running server. */
  readonly signal?: AbortSignal;
  /** Read for SUDO_UID and SUDO_GID when ratd is root. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where clusters go that cannot live in the data directory. Default /var/lib/rat. */
  readonly sharedHome?: string;
  /** Longest wait for readiness, crash recovery included. Default 60,000. */
  readonly startTimeoutMs?: number;
}

/**
 * Starts the embedded PostgreSQL, creating its cluster the first time, and keeps it running until disposed.
 * It listens on a unix socket in a private directory and on no port.
 *
 * @throws RatError database_start_failed or disk_full; the reason of `signal` when aborted
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const signal = options.signal ?? new AbortController().signal;
  await using undo = new AsyncDisposableStack();
  const placement = await placeCluster({
    dataDirectory: options.dataDirectory,
    sharedHome: options.sharedHome ?? SHARED_HOME,
    environment: options.environment ?? {},
  });
  const binaries = await findBinaries(placement.home, placement.account);
  await ensureCluster({ placement, binaries, signal });
  await linkCluster(options.dataDirectory, placement.cluster);
  const socketDirectory = await makeSocketDirectory(placement.account);
  undo.defer(() => rm(socketDirectory, { recursive: true, force: true }));
  const plan = {
    placement,
    binaries,
    socketDirectory,
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    logger: options.logger,
  };
  const first = await startServer(plan, signal);
  const supervision = undo.use(superviseServer(plan, first));
  const parts = undo.move();
  return {
    connection: connectionTo(socketDirectory),
    // The host in front is only for parsers that want one; the parameter overrides it.
    connectionString: `postgresql://rat@localhost/rat?host=${encodeURIComponent(socketDirectory)}`,
    version: first.version,
    socketDirectory,
    cluster: placement.cluster,
    notice: placement.notice,
    get pid() {
      return supervision.pid;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
