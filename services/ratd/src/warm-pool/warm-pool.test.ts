import { ExecutorService } from "@rat/contracts/executor";
import { describe, expect, it } from "vitest";
import { LabExecutor } from "../../../../tests/support/lab-executor.ts";
import { executorService, EXECUTOR_WELL } from "../../../../tests/support/memory-executor.ts";
import { MemoryPlugin } from "../../../../tests/support/memory-plugin.ts";
import { executorSuite, SUBMISSION } from "../../../../tests/support/suites/executor-suite.ts";
import { contextOf, settle } from "../../../../tests/support/suites/port-suite.ts";
import { remoteExecutor } from "../slots/executor/remote-executor.ts";
import { WarmPool, type PoolRunner } from "./warm-pool.ts";

/** A runner of a pool, with the executor inside that a test can look into. */
class MemoryRunner implements PoolRunner {
  readonly name: string;
  readonly lab = new LabExecutor();
  readonly plugin: MemoryPlugin;
  readonly port;
  isReady = true;

  constructor(name: string) {
    this.name = name;
    this.lab.plan = "hold";
    this.lab.pushes = false;
    this.plugin = new MemoryPlugin(
      "executor",
      (router) => router.service(ExecutorService, this.lab.service),
      name,
    );
    this.port = remoteExecutor(this.plugin);
  }

  ready = (): boolean => this.isReady;
}

const UNAVAILABLE = { refused: "executor_unavailable" } as const;

executorSuite("a warm pool without runners", {
  create: () => ({ port: new WarmPool(() => []) }),
  well: {
    submit: UNAVAILABLE,
    cancel: UNAVAILABLE,
    status: UNAVAILABLE,
    list: UNAVAILABLE,
    logs: UNAVAILABLE,
  },
});

executorSuite(
  "a warm pool",
  {
    create() {
      const plugin = new MemoryPlugin("executor", (router) =>
        router.service(ExecutorService, executorService),
      );
      const runner = { name: plugin.name, port: remoteExecutor(plugin), ready: () => true };
      return { port: new WarmPool(() => [runner]), plugin };
    },
    well: EXECUTOR_WELL,
    // Which runner has the run is asked first.
    mishaps: { logs: { empty: { refused: "plugin_malformed" } } },
  },
  () => {
    const runner = new MemoryRunner("runner-1");
    return { port: new WarmPool(() => [runner]), lab: runner.lab };
  },
);

describe("a warm pool of two", () => {
  const open = () => {
    const runners = [new MemoryRunner("runner-1"), new MemoryRunner("runner-2")] as const;
    const [one, two] = runners;
    const pool = new WarmPool(() => runners);
    const submit = (runId: string) => pool.submit({ ...SUBMISSION, runId }, contextOf());
    return { one, two, pool, submit };
  };

  it("gives a run to the runner with the fewest", async () => {
    const { one, two, submit } = open();
    for (const run of ["a.1", "b.1", "c.1", "d.1"]) await submit(run);
    expect([one.lab.runs.size, two.lab.runs.size]).toEqual([2, 2]);
  });

  it("passes over a runner that is full, away, or not well", async () => {
    const { one, two, submit } = open();
    one.lab.places = 0;
    await submit("a.1");
    one.plugin.become("gone");
    await submit("b.1");
    one.isReady = false;
    await submit("c.1");
    expect([...two.lab.runs.keys()]).toEqual(["a.1", "b.1", "c.1"]);
  });

  it("does not give a run away whose answer was lost: that runner may have it", async () => {
    const { one, two, pool, submit } = open();
    one.plugin.become("cut");
    expect((await settle(() => submit("a.1"))).outcome).toEqual({ refused: "plugin_unavailable" });
    const again = await settle(() => pool.submit({ ...SUBMISSION, runId: "a.1", epoch: 6n }, contextOf()));
    expect(again.outcome).toEqual({ refused: "plugin_unavailable" });
    expect(two.lab.runs.size).toBe(0);
  });

  it("finds a run of which it does not know where it is", async () => {
    const { one, two } = open();
    await two.port.submit(SUBMISSION, contextOf());
    const successor = new WarmPool(() => [one, two]);
    expect(await successor.status(SUBMISSION.runId, contextOf())).toMatchObject({ status: "running" });
    expect(await successor.cancel(SUBMISSION.runId, contextOf())).toBe(true);
    expect(one.lab.events).toEqual([]);
  });

  it("calls a run unknown only when every runner has said so", async () => {
    const { two, pool } = open();
    const ask = async () => (await settle(() => pool.status("none.1", contextOf()))).outcome;
    expect(await ask()).toEqual({ refused: "not_found" });
    two.plugin.become("gone");
    expect(await ask()).toEqual({ refused: "plugin_unavailable" });
  });

  it("lists the runs and the places of all", async () => {
    const { one, two, pool, submit } = open();
    [one.lab.places, two.lab.places] = [2, 3];
    await submit("a.1");
    await submit("b.1");
    const { runs, capacity } = await pool.list(contextOf());
    expect(runs.map(({ runId }) => runId)).toEqual(["a.1", "b.1"]);
    expect(capacity).toBe(5);
  });

  it("says why it takes no runs", () => {
    const { one, two, pool } = open();
    expect(pool.waiting).toBeUndefined();
    [one.isReady, two.isReady] = [false, false];
    expect(pool.waiting).toBe("No runner of the warm pool answers: runner-1, runner-2.");
    expect(new WarmPool(() => []).waiting).toBe(
      "The warm pool has no runner (runs.runners in rat.yaml is empty).",
    );
  });
});
