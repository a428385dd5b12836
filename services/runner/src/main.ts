#!/usr/bin/env node
// The worker of the warm pool: node services/runner/src/main.ts [--listen host:port] [--end-with-stdin]
import { setTimeout } from "node:timers/promises";
import { createPluginLog, PluginStartError, servePlugin } from "@rat/plugin-sdk";
import { leaveAddress } from "./address-file.ts";
import { createRunner } from "./runner.ts";
import { readSettings } from "./settings.ts";
import { atStart } from "./system/usable.ts";

// Files that runs make are their group's too, and nobody else's.
process.umask(0o007);
const log = createPluginLog({ name: "runner", slot: "executor", level: "info", secrets: [] });
const settings = readSettings(process.argv.slice(2), process.env);
const ended = new AbortController();
const { host, port } = settings;
const { runner, served, takeBack } = await start().catch((error: unknown) => {
  if (!(error instanceof PluginStartError)) throw error;
  log.error(error.message);
  process.exit(1);
});

async function start() {
  const runner = await createRunner({ settings, env: process.env, log, now: () => new Date() });
  const served = await servePlugin(runner.plugin, { host, port, signal: ended.signal });
  const own = { variable: "RAT_RUNNER_STATE", path: settings.state };
  const takeBack = atStart(own, () => leaveAddress(settings.state, host, served.port));
  return { runner, served, takeBack };
}

const hurry = new AbortController();
let ending = false;
/** The first call lets runs end; the second stops them. */
async function end(): Promise<void> {
  if (ending) return hurry.abort();
  ending = true;
  served.health.degraded("draining: takes no more runs");
  log.info({ drainMs: settings.drainMs }, "draining");
  // Calls are served meanwhile: ratd follows the last runs to their ends.
  await runner.runs.drain(
    setTimeout(settings.drainMs, undefined, { signal: hurry.signal }).catch(() => undefined),
  );
  await runner.runs.flush();
  takeBack();
  ended.abort();
  await served.stopped;
  await runner[Symbol.asyncDispose]();
  process.exit(0);
}

process.on("SIGTERM", () => void end());
process.on("SIGINT", () => void end());
if (settings.endWithStdin) process.stdin.resume().once("close", () => void end());
