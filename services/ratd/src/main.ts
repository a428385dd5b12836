#!/usr/bin/env node
import { run } from "./run.ts";

// Before anything starts: a signal in the middle of the start must stop it in order.
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    // The second one means now.
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  });
}
process.exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  workingDirectory: process.cwd(),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  stop: stop.signal,
});
