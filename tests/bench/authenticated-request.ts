import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { PEERS } from "./peers/peers.ts";
import { accessSeries, alternateWarm, answerOf } from "./support/access-load.ts";
import { AccessRig, CONNECTIONS, PEOPLE, tokenOf, UNCACHED } from "./support/access-rig.ts";
import { Helper } from "./support/helper.ts";
import { throughput, type Load } from "./support/load.ts";
import { Nginx, NO_NGINX } from "./support/nginx.ts";
import type { Series } from "./support/series.ts";

const PATH = "/api/v1/me";

/** Requests that an auth plugin must allow, nothing cached. */
export const authenticatedRequest: Benchmark = {
  name: "authenticated-request",
  about:
    "`GET /api/v1/me` with a token that an auth plugin of the SDK checks, 64 connections of one user each, nothing " +
    "cached (`cache.ttl: 0s`). Beside it bare Fastify that asks nobody, Fastify with a plain connect-node client that " +
    "asks a plugin on plain connect-node, node:http that makes the same call by undici and does nothing else, and " +
    "nginx auth_request that asks a tiny HTTP server. With the access log that ratd and nginx write by default, and " +
    "without.",
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  await using parts = new AsyncDisposableStack();
  const rig = parts.use(await AccessRig.start(await database.url()));
  const logging = await rig.ratd({ level: "info", cache: UNCACHED });
  const silent = await rig.ratd({ level: "warn", cache: UNCACHED });
  const peer = async (file: string, specification: object) =>
    parts.use(
      await Helper.start(file, specification, {
        place: "under-test",
      }),
    );
  const fastify = await peer(PEERS.fastifyHello, { port: 0 });
  const plugin = parts.use(await Helper.start(PEERS.connectPlugin, { people: PEOPLE }));
  const connect = await peer(PEERS.fastifyConnect, { pluginPort: plugin.port });
  const bare = await peer(PEERS.nodeUndici, { pluginPort: rig.auth.port });

  const measure = (label: string, port: number, path: string) => accessSeries(label, { port, path }, quick);
  const ours = measure("ours", logging.port, PATH);
  const oursQuiet = measure("ours, no access log", silent.port, PATH);
  const hello = measure("bare Fastify, no auth", fastify.port, "/");
  const plain = measure("Fastify + connect-node", connect.port, "/me");
  const least = measure("node:http + undici alone", bare.port, "/");
  const nginx = await startNginx(parts, await answerOf(logging, { path: PATH }));
  const [nginxLogging, nginxQuiet] = nginx.map(({ label, port }) => measure(label, port, "/me"));
  const optional = [nginxLogging, nginxQuiet].filter((series) => series !== undefined);
  await alternateWarm([ours, oursQuiet, hello, plain, least, ...optional], quick);

  const row = (log: string, ours: Series<Load>, reference: Series<Load>): Row => ({
    work: `Authenticated request${log}`,
    ours: throughput(ours),
    reference: throughput(reference),
  });
  const besideNginx = (log: string, ours: Series<Load>, reference: Series<Load> | undefined): Row => ({
    work: `Authenticated request${log}`,
    ours: throughput(ours),
    reference: reference === undefined ? NO_NGINX : throughput(reference),
    goal: { of: "ratio", bound: "at least", value: 0.9 },
  });
  return [
    row("", ours, hello),
    row("", ours, plain),
    row("", ours, least),
    besideNginx("", ours, nginxLogging),
    row(", no access log", oursQuiet, plain),
    besideNginx(", no access log", oursQuiet, nginxQuiet),
  ];
}

/** nginx with and without its access log; empty where it is not installed. */
async function startNginx(
  parts: AsyncDisposableStack,
  body: string,
): Promise<readonly { label: string; port: number }[]> {
  if (!Nginx.installed) return [];
  const tokens = Array.from({ length: CONNECTIONS }, (_, connection) => tokenOf(connection));
  const auth = parts.use(await Helper.start(PEERS.authServer, { tokens }));
  const start = async (log: boolean) => parts.use(await Nginx.start({ authPort: auth.port, log, body }));
  return [
    { label: "nginx auth_request", port: (await start(true)).port },
    { label: "nginx auth_request, no access log", port: (await start(false)).port },
  ];
}
