import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient, type Client } from "@rat/client";
import { baseImages, docker } from "../support/docker-engine.ts";
import { whyNoEngine } from "../support/executor-lab.ts";
import { PluginProcess } from "../support/plugin-process.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { RatdProcess } from "../support/ratd-process.ts";
import { until } from "../support/until.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const RUNNER_IMAGE = "rat-test/runner:1";
const INSTANCE = `example-${process.pid}`;

const missing = whyNoEngine();
if (missing !== undefined) console.warn(`The example in containers is skipped: ${missing}`);

describe.skipIf(missing !== undefined)("the example in containers", () => {
  let stack: AsyncDisposableStack;
  let client: Client;
  let url = "";
  let executor: PluginProcess;

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const base = (await baseImages())["BASE_IMAGE"] ?? "";
    const dockerfile = "infra/docker/runner.Dockerfile";
    await docker(
      "build",
      "-q",
      "-f",
      dockerfile,
      "-t",
      RUNNER_IMAGE,
      "--build-arg",
      `BASE_IMAGE=${base}`,
      ".",
    );
    const database = stack.use(await createTestDatabase());
    const directory = mkdtempSync(join(tmpdir(), "example-containers-"));
    stack.defer(() => rmSync(directory, { recursive: true, force: true }));
    chmodSync(directory, 0o755);
    const workspace = join(directory, "workspace");
    mkdirSync(workspace, { mode: 0o711 });
    const port = await freePort();
    const config = {
      instance: INSTANCE,
      workspace,
      state_dir: join(directory, "state"),
      stop_grace_ms: 1000,
      poll_ms: 200,
      images: { default: RUNNER_IMAGE, sql: RUNNER_IMAGE },
    };
    mkdirSync(config.state_dir);
    executor = new PluginProcess("services/container-executor/src/main.ts", port, {
      RAT_PLUGIN_CONFIG: JSON.stringify(config),
    });
    stack.defer(() => executor[Symbol.asyncDispose]());
    await executor.start();
    const ratd = stack.use(
      new RatdProcess({
        yaml: {
          plugins: { executor: { image: "rat/container-executor", address: executor.address } },
          runs: { workspace, runners: [], lease: "2s", poll: "300ms" },
        },
        env: { DATABASE_URL: database.connectionString },
      }),
    );
    url = await ratd.url();
    client = createClient({ address: url });
    await until(async () => (await client.features()).container_executor, { timeoutMs: 30_000 });
  }, 300_000);
  afterAll(() => stack.disposeAsync());

  const example = async () => {
    const child = spawn(process.execPath, [join(ROOT, "examples/seattle-weather/run.ts")], {
      env: { ...process.env, RAT_ADDR: url },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const exit = await new Promise<number | null>((done) => child.once("close", done));
    return { exit, output };
  };
  const left = () => docker("ps", "--all", "--quiet", "--filter", `label=rat.executor=${INSTANCE}`);

  it("runs bronze, silver, gold and the command, each in a container of its own", async () => {
    const { exit, output } = await example();
    expect(`${exit} ${output}`).toMatch(/^0 /);
    const runs = await client.runs.list({ namespace: "default" }, { limit: 10 });
    expect(
      runs.map(({ layer, pipeline, state, executor: by }) => `${layer}/${pipeline} ${state} ${by}`),
    ).toEqual([
      "gold/wettest_day success container-executor",
      "gold/monthly_weather success container-executor",
      "silver/weather success container-executor",
      "bronze/weather success container-executor",
    ]);
    await until(async () => (await left()) === "", {
      timeoutMs: 20_000,
      what: "every container to be removed",
    });
  }, 180_000);

  it("loses nothing and starts nothing twice when the executor is killed in the middle", async () => {
    const running = example();
    const seen = new Set<string>();
    // Killed and started again in each of the first three runs, as soon as its container is there.
    for (let kills = 0; kills < 3;) {
      const container = (await left()).split("\n").find((id) => id !== "" && !seen.has(id));
      if (container !== undefined) {
        seen.add(container);
        await executor.kill();
        await executor.start();
        kills += 1;
      }
      await new Promise((done) => setTimeout(done, 20));
    }
    const { exit, output } = await running;
    expect(`${exit} ${output}`).toMatch(/^0 /);
    const runs = await client.runs.list({ namespace: "default" }, { limit: 4 });
    expect(runs.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(Array(4).fill("success 1"));
    await until(async () => (await left()) === "", {
      timeoutMs: 20_000,
      what: "every container to be removed",
    });
  }, 180_000);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
