import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { endProcess } from "@rat/processes";
import { Client, type ClientConfig } from "pg";
import { RatError } from "../../errors.ts";
import { systemClock, type Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import type { Binaries } from "./binaries.ts";
import { endFormerPostmaster } from "./former-postmaster.ts";
import type { Placement } from "./placement.ts";
import { programFailure, startProgram, type Program } from "./programs.ts";
import { serverArguments } from "./settings.ts";

/** Everything that one start of the server needs. */
export interface ServerPlan {
  readonly placement: Placement;
  readonly binaries: Binaries;
  readonly socketDirectory: string;
  /** Longest wait for readiness, crash recovery included, in milliseconds. */
  readonly startTimeoutMs: number;
  readonly logger: Logger;
}

/** A server that has answered a query. */
export interface Server {
  readonly program: Program;
  readonly version: string;
}

const DATABASE = "rat";
const POLL_MS = 15;
const CONNECT_TIMEOUT_MS = 3_000;
const STOP_PATIENCE_MS = 5_000;
const STOP_LADDER = (["SIGINT", "SIGQUIT", "SIGKILL"] as const).map((signal) => ({
  signal,
  patienceMs: STOP_PATIENCE_MS,
}));

/** How to reach the server's database `name`. */
export function connectionTo(socketDirectory: string, name: string = DATABASE): ClientConfig {
  return { host: socketDirectory, port: 5432, user: "rat", database: name };
}

/**
 * Starts the server and waits until it answers. Leaves no process behind when it fails or is aborted.
 *
 * @throws RatError database_start_failed or disk_full, with the last lines of the server's log
 */
export async function startServer(plan: ServerPlan, signal: AbortSignal): Promise<Server> {
  const { cluster, account } = plan.placement;
  await endFormerPostmaster({ cluster, socketDirectory: plan.socketDirectory, logger: plan.logger });
  for (const name of [".s.PGSQL.5432", ".s.PGSQL.5432.lock"])
    await rm(join(plan.socketDirectory, name), { force: true });
  signal.throwIfAborted();
  const program = await startProgram({
    program: plan.binaries.postgres,
    arguments: serverArguments(cluster, plan.socketDirectory),
    account,
    directory: cluster,
    onLine: (line) => logLine(plan.logger, line),
  });
  try {
    return { program, version: await untilReady(plan, program, signal) };
  } catch (error) {
    await stopServer(program);
    throw error;
  }
}

/** Fast shutdown (SIGINT); if that takes too long, immediate shutdown (SIGQUIT), which costs a recovery; then SIGKILL. */
export async function stopServer(program: Program, clock: Clock = systemClock): Promise<void> {
  let lives = true;
  const exited = program.exited.then(() => (lives = false));
  const server = {
    lives: () => lives,
    exited,
    signal: (name: NodeJS.Signals) => (name === "SIGKILL" ? program.killGroup() : program.signal(name)),
  };
  await endProcess(server, STOP_LADDER, clock);
  await exited;
}

async function untilReady(plan: ServerPlan, program: Program, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + plan.startTimeoutMs;
  let ended = false;
  void program.exited.then(() => (ended = true));
  for (;;) {
    signal.throwIfAborted();
    if (ended) throw programFailure(`PostgreSQL ended while starting on ${plan.placement.cluster}.`, program);
    try {
      return await ask(plan.socketDirectory);
    } catch (error) {
      if (performance.now() > deadline) {
        const late = programFailure(
          `PostgreSQL on ${plan.placement.cluster} was not ready within ${plan.startTimeoutMs / 1000} s.`,
          program,
        );
        throw new RatError(late.code, late.message, { cause: error });
      }
    }
    await setTimeout(POLL_MS);
  }
}

/** The server's version; makes ratd's database on the way if it is missing. */
async function ask(socketDirectory: string): Promise<string> {
  const client = new Client({
    ...connectionTo(socketDirectory, "postgres"),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: 10_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; present: boolean }>(
      `SELECT current_setting('server_version') AS version,
              EXISTS (SELECT FROM pg_database WHERE datname = '${DATABASE}') AS present`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error("no answer");
    if (!row.present) await client.query(`CREATE DATABASE ${DATABASE}`);
    return row.version;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function logLine(logger: Logger, line: string): void {
  // Every connection attempt before readiness gets a FATAL line; that is the polling, not a fault.
  const worthALook = /^(FATAL|PANIC|ERROR|WARNING):/.test(line) && !line.includes("the database system is");
  if (worthALook) logger.warn({ postgres: line }, "PostgreSQL wrote to its log.");
  else logger.debug({ postgres: line }, "PostgreSQL wrote to its log.");
}
