import { rm } from "node:fs/promises";
import type { BenchContext, Benchmark, Goal, Row } from "./benchmark.ts";
import { PEERS } from "./peers/peers.ts";
import { endProcess, startProcess } from "./support/helper.ts";
import { unusedPort } from "./support/ports.ts";
import { answered, newDirectory, Ratd } from "./support/ratd.ts";
import { alternate, Series } from "./support/series.ts";

/** From the start of the process to its first answer. */
export const startUp: Benchmark = {
  name: "start-up",
  about:
    "from the start of the process to the first 200 of `/health`, with a PostgreSQL of the operator and with the " +
    "embedded one on an existing cluster. ratd is the bundle of the container image, except where it says otherwise. Beside it the first answer of bare node:http and of bare Fastify.",
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  const databaseUrl = await database.url();
  const directory = await newDirectory();
  try {
    const external = new Series("ours", () => startRatd({ databaseUrl }));
    const sources = new Series("ours", () => startRatd({ databaseUrl, fromSources: true }));
    const embedded = new Series("ours", () => startRatd({ directory }));
    const http = new Series("bare node:http", () => startPeer(PEERS.httpHello));
    const fastify = new Series("bare Fastify", () => startPeer(PEERS.fastifyHello));
    await alternate(quick ? 1 : 7, [http, fastify, external, sources]);
    // Its warm-up makes the cluster.
    await alternate(quick ? 1 : 5, [embedded]);
    const row = (work: string, ours: Series<number>, reference: Series<number>, limit?: number): Row => ({
      work,
      ours: { label: "", value: middle(ours), unit: "ms" },
      reference: { label: reference.label, value: middle(reference), unit: "ms" },
      ...(limit === undefined ? {} : { goal: within(limit) }),
    });
    return [
      row("Start to first /health, external PostgreSQL", external, http, 100),
      row("Start to first /health, external PostgreSQL", external, fastify),
      row("Start from the sources to first /health, external PostgreSQL", sources, fastify),
      row("Start to first /health, embedded PostgreSQL, existing cluster", embedded, fastify, 1500),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function startRatd(options: {
  readonly databaseUrl?: string;
  readonly directory?: string;
  readonly fromSources?: boolean;
}): Promise<number> {
  await using ratd = await Ratd.start(options);
  return ratd.startedInMs;
}

async function startPeer(file: string): Promise<number> {
  const port = await unusedPort();
  const start = performance.now();
  const child = startProcess({
    place: "under-test",
    command: [process.execPath, file, JSON.stringify({ port })],
  });
  try {
    await answered(port, "/", child);
    return performance.now() - start;
  } finally {
    await endProcess(child, "SIGKILL");
  }
}

function middle(series: Series<number>): number {
  return series.median((ms) => ms);
}

function within(limit: number): Goal {
  return { of: "ours", bound: "at most", value: limit };
}
