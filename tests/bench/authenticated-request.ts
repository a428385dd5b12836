import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { PEERS } from "./peers/peers.ts";
import { AuthPlugin } from "./support/auth-plugin.ts";
import { Helper } from "./support/helper.ts";
import { load, throughput, type Load } from "./support/load.ts";
import { Nginx, NO_NGINX } from "./support/nginx.ts";
import { Ratd } from "./support/ratd.ts";
import { alternate, Series } from "./support/series.ts";

const CONNECTIONS = 64;
const TOKEN = "demo-admin";
/** Above what can be reached here, so that the layer runs and refuses nobody. */
const RATE_PER_MINUTE = 10_000_000;
/** As long as what ratd answers, so that all send the same. */
const BODY = '{"user_id":"alice","email":"alice@example.com","roles":["admin"],"auth_mode":"plugin"}';

/** Requests that an auth plugin must allow, nothing cached. */
export const authenticatedRequest: Benchmark = {
  name: "authenticated-request",
  about:
    "`GET /api/v1/me` with a token that an auth plugin of the SDK checks, 64 connections, nothing cached. Beside it " +
    "bare Fastify that asks nobody, Fastify with a plain connect-node client that asks the same plugin, and nginx " +
    "auth_request that asks a tiny HTTP server. With the access log that ratd and nginx write by default, and without.",
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  await using parts = new AsyncDisposableStack();
  const plugin = parts.use(await AuthPlugin.start());
  const databaseUrl = await database.url();
  const startRatd = (level: string) =>
    Ratd.start({
      databaseUrl,
      yaml: {
        plugins: { auth: { image: "hello-auth", address: `127.0.0.1:${plugin.port}` } },
        limits: { rate: RATE_PER_MINUTE },
        log: { level },
      },
    });
  const logging = parts.use(await startRatd("info"));
  const quiet = parts.use(await startRatd("warn"));
  const peer = async (file: string, specification: object) =>
    parts.use(
      await Helper.start(file, specification, {
        place: "under-test",
      }),
    );
  const fastify = await peer(PEERS.fastifyHello, { port: 0 });
  const connect = await peer(PEERS.fastifyConnect, { pluginPort: plugin.port });

  const measure = (label: string, port: number, path: string) =>
    new Series<Load>(label, () =>
      load({
        port,
        path,
        headers: { authorization: `Bearer ${TOKEN}` },
        connections: CONNECTIONS,
        durationMs: quick ? 100 : 1500,
      }),
    );
  const ours = measure("ours", logging.port, "/api/v1/me");
  const oursQuiet = measure("ours, no access log", quiet.port, "/api/v1/me");
  const hello = measure("bare Fastify, no auth", fastify.port, "/");
  const plain = measure("Fastify + connect-node client", connect.port, "/me");
  const nginx = await startNginx(parts);
  const [nginxLogging, nginxQuiet] = nginx.map(({ label, port }) => measure(label, port, "/me"));
  const optional = [nginxLogging, nginxQuiet].filter((series) => series !== undefined);
  await alternate(quick ? 1 : 5, [ours, oursQuiet, hello, plain, ...optional]);

  const row = (log: string, ours: Series<Load>, reference: Series<Load> | undefined): Row => ({
    work: `Authenticated request${log}`,
    ours: throughput(ours),
    reference: reference === undefined ? NO_NGINX : throughput(reference),
  });
  return [
    row("", ours, hello),
    row("", ours, plain),
    row("", ours, nginxLogging),
    row(", no access log", oursQuiet, plain),
    row(", no access log", oursQuiet, nginxQuiet),
  ];
}

/** nginx with and without its access log; empty where it is not installed. */
async function startNginx(parts: AsyncDisposableStack): Promise<readonly { label: string; port: number }[]> {
  if (!Nginx.installed) return [];
  const auth = parts.use(await Helper.start(PEERS.authServer, { token: TOKEN }));
  const start = async (log: boolean) =>
    parts.use(await Nginx.start({ authPort: auth.port, log, body: BODY }));
  return [
    { label: "nginx auth_request", port: (await start(true)).port },
    { label: "nginx auth_request, no access log", port: (await start(false)).port },
  ];
}
