import type { BenchContext, Benchmark, Row } from "./benchmark.ts";
import { PEERS } from "./peers/peers.ts";
import { accessCheck, accessSeries, alternateWarm, pipelineRead } from "./support/access-load.ts";
import { AccessRig, PEOPLE, UNCACHED } from "./support/access-rig.ts";
import { Helper } from "./support/helper.ts";
import { throughput } from "./support/load.ts";

const GOAL = { of: "ratio", bound: "at least", value: 5 } as const;

/** Requests that an auth and an enforcement plugin must allow, nothing cached. */
export const enforcedRequest: Benchmark = {
  name: "enforced-request",
  about:
    "requests that an auth and an enforcement plugin of the SDK must allow, 64 connections of one user each, nothing " +
    "cached (`cache.ttl: 0s`): `POST /api/v1/access/check`, and `GET` of a pipeline, which reads the database too. " +
    "Beside them Fastify that makes the same two calls with plain connect-node clients to plugins on plain connect-node, " +
    "and as many statements with pg.",
  run,
};

async function run({ quick, database }: BenchContext): Promise<readonly Row[]> {
  await using parts = new AsyncDisposableStack();
  const rig = parts.use(await AccessRig.start(await database.url()));
  const logging = await rig.ratd({ level: "info", cache: UNCACHED });
  const silent = await rig.ratd({ level: "warn", cache: UNCACHED });
  const pipeline = await rig.pipeline(logging);
  const plugin = async () => parts.use(await Helper.start(PEERS.connectPlugin, { people: PEOPLE }));
  const [auth, enforcement] = [await plugin(), await plugin()];
  const specification = {
    authPort: auth.port,
    enforcementPort: enforcement.port,
    databaseUrl: rig.databaseUrl,
    pipeline,
  };
  const peer = parts.use(await Helper.start(PEERS.fastifyEnforced, specification, { place: "under-test" }));
  const compared = [accessCheck, pipelineRead(pipeline)].map(({ work, ours, peer: theirs }) => ({
    work,
    logging: accessSeries("ours", { port: logging.port, ...ours }, quick),
    silent: accessSeries("ours, no access log", { port: silent.port, ...ours }, quick),
    reference: accessSeries("Fastify + connect-node", { port: peer.port, ...theirs }, quick),
  }));
  await alternateWarm(
    compared.flatMap(({ logging, silent, reference }) => [logging, silent, reference]),
    quick,
  );
  return compared.flatMap(({ work, logging, silent, reference }): Row[] => [
    { work: `${work}, uncached`, ours: throughput(logging), reference: throughput(reference), goal: GOAL },
    {
      work: `${work}, uncached, no access log`,
      ours: throughput(silent),
      reference: throughput(reference),
      goal: GOAL,
    },
  ]);
}
