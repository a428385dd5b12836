import { dirname, join, resolve } from "node:path";
import { findExamples } from "./examples.ts";
import { waitForHealth } from "./health.ts";
import { ratdLogLine } from "./ratd-log.ts";
import { renderFailure, renderNext, renderUnits } from "./screen.ts";
import { Unit } from "./unit.ts";

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;

const root = resolve(import.meta.dirname, "../../..");
const configFile = resolve(process.env["RAT_CONFIG"] ?? join(root, "rat.yaml"));
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
const say = (text: string) => process.stdout.write(`${text}\n`);

say("Starting ratd and the example plugins …\n");
const examples = findExamples(root, configFile);
const plugins = examples.map(
  ({ name, file, host, port }) =>
    new Unit({
      name,
      args: [join(root, file)],
      cwd: root,
      env: { ...process.env, RAT_PLUGIN_HOST: host, RAT_PLUGIN_PORT: port },
    }),
);
const found = Promise.withResolvers<string>();
let keyFile: string | undefined;
let started = false;
const ratd = new Unit({
  name: "ratd",
  args: [join(root, "services/ratd/src/main.ts"), "--config", configFile],
  cwd: dirname(configFile),
  env: process.env,
  onLine(line) {
    const { url, keyFile: named, remark } = ratdLogLine(line);
    keyFile ??= named;
    if (url !== undefined) found.resolve(url);
    if (started && remark !== undefined) say(`  ${remark}`);
  },
});
for (const unit of plugins) {
  void unit.ended.then((ending) => (stop.signal.aborted ? undefined : say(renderFailure(unit, ending))));
}
void ratd.ended.then((ending) => {
  if (stop.signal.aborted) return;
  say(renderFailure(ratd, ending));
  process.exitCode = 1;
  stop.abort();
});

const limit = AbortSignal.any([stop.signal, AbortSignal.timeout(START_LIMIT_MS)]);
const url = await Promise.race([
  found.promise,
  new Promise<undefined>((done) => limit.addEventListener("abort", () => done(undefined))),
]);
const health = url === undefined ? undefined : await waitForHealth(url, limit);
if (!stop.signal.aborted) {
  if (health !== undefined) say(renderUnits(health, plugins));
  if (url === undefined) say(renderFailure(ratd, `no address after ${START_LIMIT_MS / 1000} s`));
  else say(renderNext({ url, pid: ratd.pid, keyFile }, examples, plugins));
  started = true;
  await new Promise<void>((done) => stop.signal.addEventListener("abort", () => done(), { once: true }));
}
say("\nStopping …");
// ratd first: while it drains, its plugins must still answer.
await ratd.stop(STOP_LIMIT_MS);
await Promise.all(plugins.map((unit) => unit.stop(STOP_LIMIT_MS)));
