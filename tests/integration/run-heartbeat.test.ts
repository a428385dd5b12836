import { RunStatus } from "@rat/contracts/common";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunLab } from "../support/run-lab.ts";
import { until } from "../support/until.ts";

let lab: RunLab;
beforeEach(async () => {
  lab = await RunLab.start();
});
afterEach(() => lab[Symbol.asyncDispose]());

test("a heartbeat stops what is over, and not what has only changed its owner", async () => {
  lab.executor.plan = "hold";
  const ratd = await lab.ratd();
  const pipeline = await lab.pipeline(ratd, "p");
  const [taken, ended] = [await lab.run(ratd, pipeline), await lab.run(ratd, pipeline)];
  const proofs = [taken, ended].map(async (id) => {
    await lab.waitFor(ratd, id, "running");
    const { epoch = 0n, token = "", reportUrl = "" } = lab.executor.runs.get(`${id}.1`) ?? {};
    return { runId: `${id}.1`, epoch, token, reportUrl };
  });
  const [first, second] = await Promise.all(proofs);
  if (first === undefined || second === undefined) throw new Error("no proofs");
  const stops = async (proof: typeof first) => {
    const client = lab.executor.client(proof.reportUrl);
    return (await client.reportHeartbeat({ runs: [proof] })).stopRunIds;
  };
  expect(await stops(first)).toEqual([]);
  // Another replica takes the run over: until it has said so to the executor, reports come under the old epoch.
  await lab.sql.query(
    "UPDATE runs SET epoch = epoch + 1, lease_until = clock_timestamp() + interval '1 s' WHERE id = $1",
    [taken],
  );
  expect(await stops(first)).toEqual([]);
  await until(() => (lab.executor.runs.get(first.runId)?.epoch ?? 0n) > 2n);
  expect(await stops(first)).toEqual([]);

  lab.executor.end(second.runId, RunStatus.SUCCESS);
  await lab.waitFor(ratd, ended, "success");
  expect(await stops(second)).toEqual([second.runId]);
  // Nor does an attempt go on that was followed by another, or whose run was cleared away.
  await lab.sql.query("UPDATE runs SET attempt = 2 WHERE id = $1", [taken]);
  expect(await stops(first)).toEqual([first.runId]);
  await lab.sql.query("DELETE FROM runs WHERE id = $1", [taken]);
  expect(await stops(first)).toEqual([first.runId]);
});
