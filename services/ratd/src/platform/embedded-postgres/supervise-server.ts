import { setTimeout } from "node:timers/promises";
import type { ProcessExit } from "../processes/start-process.ts";
import { startServer, stopServer, type Server, type ServerPlan } from "./server.ts";

/** Keeps one server running until disposed. */
export interface Supervision extends AsyncDisposable {
  /** Of the server process; undefined while there is none. */
  readonly pid: number | undefined;
}

const FIRST_PAUSE_MS = 50;
// Between starts that fail; a server that came up and died gets the next chance within a second.
const LONGEST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_AFTER_READY_MS = 1_000;
// A server that lived so long is taken for healthy: the next pause is short again.
const STEADY_MS = 10_000;

/** Restarts the server whenever it ends by itself, at once at first and with growing pauses if it keeps ending. */
export function superviseServer(plan: ServerPlan, first: Server): Supervision {
  const stop = new AbortController();
  let current: Server | undefined = first;
  const done = keepRunning();

  async function keepRunning(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (current !== undefined) {
      const started = performance.now();
      const exit = await current.program.exited;
      current = undefined;
      if (stop.signal.aborted) return;
      plan.logger.error(
        { ...exit, cluster: plan.placement.cluster },
        `PostgreSQL ended (${describe(exit)}); restarting it.`,
      );
      const steady = performance.now() - started > STEADY_MS;
      pause = steady ? FIRST_PAUSE_MS : Math.min(pause, LONGEST_PAUSE_AFTER_READY_MS);
      while (current === undefined && !stop.signal.aborted) {
        await setTimeout(pause, undefined, { signal: stop.signal }).catch(() => undefined);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        current = await restart();
      }
    }
  }

  async function restart(): Promise<Server | undefined> {
    if (stop.signal.aborted) return undefined;
    try {
      const server = await startServer(plan, stop.signal);
      plan.logger.info({ pid: server.program.pid }, "PostgreSQL runs again.");
      return server;
    } catch (error) {
      if (!stop.signal.aborted)
        plan.logger.error({ err: error }, "PostgreSQL could not be restarted; trying again.");
      return undefined;
    }
  }

  return {
    get pid() {
      return current?.program.pid;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      if (current !== undefined) await stopServer(current.program);
      await done;
      if (current !== undefined) await stopServer(current.program);
    },
  };
}

function describe(exit: ProcessExit): string {
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
}
