import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { createClient, type Run } from "@rat/client";

const ROOT = resolve(import.meta.dirname, "../..");
const RAT = join(ROOT, "packages/cli/src/main.ts");
const HERE = relative(ROOT, import.meta.dirname);
/** What follows `bronze/weather`, one upstream trigger after the other. */
const CHAIN = ["silver/weather", "gold/monthly_weather", "gold/wettest_day"] as const;
/** A trigger starts its run within moments; this is for a machine under load. */
const TRIGGER_LIMIT_MS = 60_000;
const POLL_MS = 200;

const address = process.env["RAT_ADDR"] ?? "http://127.0.0.1:8080";
// The token of the example plugin hello-auth; without an auth plugin nobody looks at it.
const token = process.env["RAT_TOKEN"] ?? "demo-admin";
const client = createClient({ address, token });

/** Runs one `rat` command in sight of the reader; ends the example when it fails. */
async function rat(...words: readonly string[]): Promise<void> {
  process.stdout.write(`\n$ npx rat ${words.join(" ")}\n`);
  const child = spawn(process.execPath, [RAT, ...words], {
    cwd: ROOT,
    env: { ...process.env, RAT_ADDR: address, RAT_TOKEN: token },
    stdio: ["ignore", "inherit", "inherit"],
  });
  await once(child, "close");
  if (child.exitCode !== 0) process.exit(child.exitCode ?? 1);
}

/** The run that the success of `upstream` starts. */
async function runAfter(upstream: Run, pipeline: string): Promise<Run> {
  const [layer = "", name = ""] = pipeline.split("/");
  for (let waited = 0; waited < TRIGGER_LIMIT_MS; waited += POLL_MS) {
    const runs = await client.runs.list(
      { namespace: "default", pipeline: name, trigger: "upstream" },
      { limit: 50 },
    );
    const found = runs.find((run) => run.layer === layer && run.upstream_run_id === upstream.id);
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  throw new Error(`no run of ${pipeline} after run ${upstream.id} within ${TRIGGER_LIMIT_MS / 1_000} s`);
}

/** The newest run of `bronze/weather`, which was started just now. */
async function newestRun(): Promise<Run> {
  const [run] = await client.runs.list(
    { namespace: "default", layer: "bronze", pipeline: "weather" },
    { limit: 1 },
  );
  if (run === undefined) throw new Error("no run of bronze/weather");
  return run;
}

await rat("namespace", "upload", `${HERE}/data/seattle-weather.csv`, "raw/seattle-weather.csv");
await rat("pipeline", "apply", "-f", `${HERE}/pipelines.yaml`);
await rat("run", "start", "bronze/weather", "--follow");
let last = await newestRun();
let gold = "";
for (const pipeline of CHAIN) {
  last = await runAfter(last, pipeline);
  process.stdout.write(`\nThe success of the run before started ${pipeline}:`);
  await rat("run", "logs", last.id, "--follow");
  if (pipeline === "gold/monthly_weather") gold = last.id;
}
await rat("run", "result", gold);
await rat("run", "list", "--limit", "4");
