import { setTimeout } from "node:timers/promises";
import { RunStatus } from "@rat/contracts/common";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FAST, RunLab } from "../support/run-lab.ts";
import { until } from "../support/until.ts";

let lab: RunLab;
beforeEach(async () => {
  lab = await RunLab.start();
});
afterEach(() => lab[Symbol.asyncDispose]());

test("a run that an executor has is not put back into the queue by a ratd that cannot hand it over", async () => {
  lab.executor.plan = "hold";
  const first = await lab.ratd();
  const id = await lab.run(first, await lab.pipeline(first, "p"));
  await lab.waitFor(first, id, "running");
  await first[Symbol.asyncDispose]();
  // As it is when a ratd dies before it could write that the run has started.
  await lab.sql.query(
    "UPDATE runs SET state = 'pending', started_at = NULL, lease_until = clock_timestamp() WHERE id = $1",
    [id],
  );
  // Whoever takes it over cannot say what to run.
  await lab.sql.query("ALTER TABLE pipeline_versions RENAME TO pipeline_versions_away");
  await lab.ratd();
  const row = async () => {
    const { rows } = await lab.sql.query(
      "SELECT state, attempt, epoch::int, owner IS NOT NULL AS owned FROM runs WHERE id = $1",
      [id],
    );
    return rows[0];
  };
  await until(async () => (await row()).epoch >= 2);
  await setTimeout(3 * Number.parseInt(FAST.poll, 10));
  // The epoch rises further when a busy machine lets the lease lapse.
  expect(await row()).toMatchObject({ state: "pending", attempt: 1, owned: true });
  await lab.sql.query("ALTER TABLE pipeline_versions_away RENAME TO pipeline_versions");
  lab.executor.end(`${id}.1`, RunStatus.SUCCESS);
  await until(async () => (await row()).state === "success");
  expect(lab.executor.starts()).toEqual(new Map([[`${id}.1`, 1]]));
});
