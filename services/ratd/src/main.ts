#!/usr/bin/env node
import { EventEmitter } from "node:events";
import { enableCompileCache } from "node:module";
import { resolve } from "node:path";

/** A second signal within this time is the same Ctrl-C, sent on by npm; after it, it means now. */
const SAME_SIGNAL_MS = 1000;
/** All that a stop may wait for, one after the other: requests 10 s, the runner 36 s, the database 15 s, and some more. */
const STOP_LIMIT_MS = 70_000;
/** How long what is left may take to go, once everything has stopped. */
const REST_LIMIT_MS = 1000;

/**
 * The last resort: whatever stops has a limit of its own, so this is for mistakes of ours. It costs what a killed ratd
 * costs, which the next start makes good. It keeps nothing running.
 */
function endWithin(limitMs: number): void {
  setTimeout(() => {
    const left = process.getActiveResourcesInfo().join(", ");
    process.stderr.write(`ratd could not end by itself and is ended; what was left: ${left}\n`);
    process.exit();
  }, limitMs).unref();
}

// Before anything starts: a signal in the middle of the start must stop it in order.
const stop = new AbortController();
let stoppedAt = 0;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted && Date.now() - stoppedAt > SAME_SIGNAL_MS) process.exit(130);
    endWithin(STOP_LIMIT_MS);
    stoppedAt ||= Date.now();
    stop.abort();
  });
}
// A SIGHUP before ratd serves is one too early: it must not end the process, and the file is read anyway.
const hangups = new EventEmitter();
process.on("SIGHUP", () => hangups.emit("hangup"));
// Before everything else is loaded: compiled code, with its types stripped, is kept beside the packages. Where that
// cannot be written, ratd starts without a cache.
enableCompileCache(resolve(import.meta.dirname, "../../../node_modules/.cache/ratd"));
const { run } = await import("./run.ts");
process.exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  workingDirectory: process.cwd(),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  stop: stop.signal,
  onHangup(listener) {
    hangups.on("hangup", listener);
    return () => hangups.off("hangup", listener);
  },
});
endWithin(REST_LIMIT_MS);
