import { beforeEach, describe, expect, test } from "vitest";
import { createManualClock, type ManualClock } from "../../../../../tests/support/manual-clock.ts";
import { RatError } from "../../errors.ts";
import { silentLogger } from "../../platform/logger.ts";
import type { ExecutorPort, RunInventory, RunStatus } from "../../slots/executor/executor.ts";
import { newCallContext } from "../../slots/slot.ts";
import { ActiveRun, type Phase } from "./active-run.ts";
import { ActiveRuns } from "./active-runs.ts";
import { Attempts } from "./attempts.ts";
import type { OwnedRun } from "./dispatch-store.ts";
import { KnownExecutors } from "./executor-traits.ts";
import type { RunExecutor } from "./executors.ts";
import { Follow } from "./follow.ts";
import type { HandoverResult } from "./handover.ts";

const GRACE_MS = 60_000;
const ID = "0123456789abcdef0123456789";
const NAME = `${ID}.1`;
const RUN = {
  id: ID,
  attempt: 1,
  epoch: 7n,
  state: "pending",
  executor: "exec",
  remainingMs: 1_000_000,
  cancelRequested: false,
} as OwnedRun;

let clock: ManualClock;
let active: ActiveRuns;
let known: KnownExecutors;
let follow: Follow;
/** What ratd did, in order: `end <outcome>: <error>`, `start`, `release <ms>`, `submit`, `cancel <attempt>`, `look in <ms>`. */
let happened: string[];
/** What the executor has, by the name of the attempt. */
let there: Map<string, RunStatus>;
/** What the executor does not serve, or fails with. */
let broken: Partial<Record<"list" | "status" | "cancel", RatError>>;
let configured: boolean;
let submitted: HandoverResult;
/** Attempts whose runs have gone on without them, as the database knows. */
let superseded: readonly { readonly id: string; readonly attempt: number }[];

beforeEach(() => {
  clock = createManualClock();
  active = new ActiveRuns();
  known = new KnownExecutors();
  happened = [];
  there = new Map();
  broken = {};
  configured = true;
  submitted = { kind: "accepted", status: "running" };
  superseded = [];
  const executor: RunExecutor = { name: "exec", port: fakePort(), isolations: ["process"] };
  const executors = {
    find: () => (configured ? executor : undefined),
    taking: () => (configured ? executor : "nobody takes runs"),
  };
  const signal = new AbortController().signal;
  const shared = { active, executors, known, clock, executorGraceMs: GRACE_MS };
  const attempts = new Attempts({
    ...shared,
    ledger: {
      started: () => did("start", "running"),
      ended: ({ id, epoch, outcome, error }) => {
        active.remove(id, epoch);
        return did(`end ${outcome}: ${error}`, outcome === "success" ? "success" : "failed");
      },
      released: ({ id, epoch, delayMs }) => {
        active.remove(id, epoch);
        return did(`release ${delayMs}`, "pending");
      },
    },
    handover: { submit: () => did("submit", submitted), context: () => newCallContext("run", signal) },
    queue: { lookAfter: (ms) => void did(`look in ${ms}`, undefined) },
    collector: { collect: () => undefined },
  });
  follow = new Follow({
    ...shared,
    attempts,
    store: { superseded: () => Promise.resolve(superseded) },
    logger: silentLogger,
    signal,
  });
});

describe("an executor that lists its runs", () => {
  test("is believed while a run goes on", async () => {
    there.set(NAME, "running");
    add("running");
    await follow.poll();
    expect(happened).toEqual([]);
    expect(known.traits("exec")).toMatchObject({ inquiry: "list", startsOnce: true });
  });

  test("tells of an end that nobody reported", async () => {
    there.set(NAME, "success");
    add("running");
    await follow.poll();
    expect(happened).toEqual(["end success: "]);
  });

  test("has lost a run that it does not know any more", async () => {
    add("running");
    await follow.poll();
    expect(happened).toEqual(["end lost: the executor exec does not know the run any more"]);
  });

  test("gets a run again that it never saw", async () => {
    add("unsure");
    await follow.poll();
    expect(happened).toEqual(["submit", "start"]);
    expect(active.get(ID)?.phase).toBe("running");
  });

  test("gives back a run that it never saw and has no place for", async () => {
    submitted = { kind: "not-taken", reason: "full", full: true };
    add("unsure");
    await follow.poll();
    expect(happened).toEqual(["submit", "release 500", "look in 500"]);
  });

  test("keeps a run that it has, whatever renewing its epoch comes to", async () => {
    there.set(NAME, "running");
    submitted = { kind: "not-taken", reason: "full", full: true };
    add("unsure");
    await follow.poll();
    expect(happened).toEqual(["submit"]);
    expect(active.get(ID)?.phase).toBe("unsure");
  });

  test("that knows of a higher epoch has the run of another replica", async () => {
    there.set(NAME, "running");
    submitted = { kind: "fenced", reason: "a higher epoch" };
    add("unsure");
    await follow.poll();
    expect(happened).toEqual(["submit"]);
    expect(active.all()).toEqual([]);
  });

  test("is told to stop what has gone on without it, and nothing else", async () => {
    const stranger = `${ID.replace("0", "f")}.1`;
    there.set(NAME, "running").set(stranger, "running").set("not of ratd", "running");
    there.set(`${ID.replace("0", "e")}.3`, "success");
    superseded = [{ id: stranger.slice(0, -2), attempt: 1 }];
    add("running");
    await follow.poll();
    expect(happened).toEqual([`cancel ${stranger}`]);
  });

  test("is left alone about an attempt that is being handed over", async () => {
    add("handing");
    await follow.poll();
    expect(happened).toEqual([]);
  });
});

describe("an executor that answers for single runs only", () => {
  beforeEach(() => {
    broken.list = new RatError("not_available", "no list");
  });

  test("is asked run by run", async () => {
    there.set(NAME, "failed");
    add("running");
    await follow.poll();
    expect(happened).toEqual(["end failed: "]);
    expect(known.traits("exec")).toMatchObject({ inquiry: "status", startsOnce: true });
  });

  test("may stop to do so", async () => {
    there.set(NAME, "running");
    add("running");
    await follow.poll();
    broken.status = new RatError("not_available", "no status");
    await follow.poll();
    expect(known.traits("exec")).toMatchObject({ inquiry: "none", startsOnce: false });
    expect(happened).toEqual(["start"]);
  });
});

describe("an executor that cannot be asked", () => {
  beforeEach(() => {
    broken.list = new RatError("not_available", "no list");
    broken.status = new RatError("not_available", "no status");
  });

  test("is left alone about what it has accepted", async () => {
    add("running");
    await follow.poll();
    expect(happened).toEqual([]);
  });

  test.each([
    { full: true, does: ["submit", "release 500", "look in 500"] },
    { full: false, does: ["submit"] },
  ])("gives back what may have begun only when it was full: $full", async ({ full, does }) => {
    submitted = { kind: "not-taken", reason: "no", full };
    add("unsure");
    await follow.poll();
    expect(happened).toEqual(does);
  });
});

describe("an executor that does not answer", () => {
  // By `status` it still lists others, and only hangs when it is asked about this run.
  test.each(["list", "status"] as const)(
    "to %s is waited for, and given up after the grace",
    async (call) => {
      broken[call] = new RatError("plugin_unavailable", "gone");
      add("running");
      await follow.poll();
      clock.advance(GRACE_MS - 1);
      await follow.poll();
      expect(happened).toEqual([]);
      clock.advance(1);
      await follow.poll();
      expect(happened).toEqual([
        "end abandoned: the executor exec has been away for 60 s, so nobody knows how it ended: gone",
      ]);
    },
  );

  test("for a while only loses nothing", async () => {
    there.set(NAME, "running");
    add("running");
    broken.list = new RatError("plugin_unavailable", "gone");
    await follow.poll();
    clock.advance(GRACE_MS - 1);
    broken = {};
    await follow.poll();
    broken.list = new RatError("plugin_unavailable", "gone");
    clock.advance(1);
    await follow.poll();
    expect(happened).toEqual([]);
  });

  test("since it is no longer configured is given up the same way", async () => {
    configured = false;
    add("running");
    await follow.poll();
    clock.advance(GRACE_MS);
    await follow.poll();
    expect(happened).toEqual([expect.stringContaining("is no longer configured")]);
  });

  test("because the database is away costs no attempt", async () => {
    broken.list = new RatError("database_unavailable", "away");
    add("running");
    for (const ms of [0, GRACE_MS, GRACE_MS]) {
      clock.advance(ms);
      await follow.poll();
    }
    expect(happened).toEqual([]);
  });
});

describe("time", () => {
  test("stops an attempt 15 s after its limit, and ends it 15 s later", async () => {
    there.set(NAME, "running");
    add("running");
    clock.advance(RUN.remainingMs + 15_000);
    await follow.poll();
    expect(happened).toEqual([]);
    clock.advance(1);
    await follow.poll();
    expect(happened).toEqual([`cancel ${NAME}`]);
    clock.advance(15_000);
    await follow.poll();
    expect(happened.slice(1)).toEqual(["end abandoned: the time limit passed"]);
  });

  test("repeats a cancel until the grace has passed", async () => {
    there.set(NAME, "running");
    add("running").cancel(clock.monotonic());
    await follow.poll();
    clock.advance(GRACE_MS + 1);
    await follow.poll();
    expect(happened).toEqual([
      `cancel ${NAME}`,
      `cancel ${NAME}`,
      "end cancelled: the executor did not stop it in time",
    ]);
  });

  test("renews credentials when they are due", async () => {
    there.set(NAME, "running");
    add("running").renewAt(1000);
    await follow.poll();
    clock.advance(1000);
    await follow.poll();
    expect(happened).toEqual(["submit"]);
  });
});

function add(phase: Phase): ActiveRun {
  const run = new ActiveRun(RUN, phase, clock.monotonic());
  active.add(run);
  return run;
}

function did<T>(what: string, answer: T): Promise<T> {
  happened.push(what);
  return Promise.resolve(answer);
}

function fakePort(): ExecutorPort {
  const answer = <T>(call: keyof typeof broken, value: () => T) =>
    new Promise<T>((resolve) => {
      const error = broken[call];
      if (error !== undefined) throw error;
      resolve(value());
    });
  return {
    submit: () => Promise.reject(new Error("the handover submits")),
    status: (name) =>
      answer("status", () => {
        const status = there.get(name);
        if (status === undefined) throw new RatError("not_found", "no such run");
        return {
          status,
          error: "",
          exitCode: 0,
          rowsWritten: 0n,
          durationMs: 0,
          result: undefined,
        };
      }),
    cancel: (name) => {
      happened.push(`cancel ${name}`);
      return answer("cancel", () => true);
    },
    list: () =>
      answer("list", () => {
        const runs = [...there].map(([runId, status]) => ({ runId, status, epoch: 7n }));
        return { runs, capacity: 4 } satisfies RunInventory;
      }),
    logs: () => {
      throw new Error("nobody reads output here");
    },
  };
}
