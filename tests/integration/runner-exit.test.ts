import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { RunStatus } from "@rat/contracts/common";
import { expect, onTestFinished, test } from "vitest";
import { RunnerProcess, type RunnerProcessOptions } from "../support/runner-process.ts";
import { until } from "../support/until.ts";

const root = process.getuid?.() === 0;
const shell = (script: string): string[] => ["sh", "-c", script];
const USERS: readonly (readonly [string, RunnerProcessOptions])[] = [
  ["with a user for each run", {}],
  ...(root ? [["sharing a user", { uid: 12_345 }] as const] : []),
];

async function ownRunner(options: RunnerProcessOptions = {}): Promise<RunnerProcess> {
  const runner = await RunnerProcess.start(options);
  onTestFinished(() => runner[Symbol.asyncDispose]());
  return runner;
}

/** Waits until a program has ended of which the runner, which is stopped, cannot know yet. */
async function programEnded({ child }: RunnerProcess): Promise<void> {
  await until(() =>
    globSync("/proc/[0-9]*/stat").some((file) => {
      try {
        const [state, parent] = readFileSync(file, "latin1").split(") ").at(-1)?.split(" ") ?? [];
        return state === "Z" && Number(parent) === child?.pid;
      } catch {
        return false;
      }
    }),
  );
}

test("a program that ended by itself is told so by a runner that was held up over the deadline", async () => {
  const runner = await ownRunner();
  const deadline = new Date(Date.now() + 2000);
  await runner.command("a.1", shell("echo ready; sleep 0.3"), {
    deadline: timestampFromDate(deadline),
  });
  await runner.firstLine("a.1");
  runner.child?.kill("SIGSTOP");
  await programEnded(runner);
  await until(() => Date.now() > deadline.getTime() + 100);
  runner.child?.kill("SIGCONT");
  expect(await runner.end("a.1")).toMatchObject({ status: RunStatus.SUCCESS, error: "", exitCode: 0 });
});

test("a program that has not ended at its deadline fails, also when the runner was held up", async () => {
  const runner = await ownRunner();
  const deadline = new Date(Date.now() + 1000);
  await runner.command("a.1", shell("echo ready; exec sleep 1000"), {
    deadline: timestampFromDate(deadline),
  });
  await runner.firstLine("a.1");
  runner.child?.kill("SIGSTOP");
  await until(() => Date.now() > deadline.getTime() + 100);
  runner.child?.kill("SIGCONT");
  expect(await runner.end("a.1")).toMatchObject({ status: RunStatus.FAILED, error: "the deadline passed" });
});

test.each(USERS)(
  "kill -9 between a program's end and its report, %s: the next runner tells it",
  async (_how, options) => {
    const runner = await ownRunner(options);
    const starts = join(runner.workspace, "once", "starts");
    for (const [id, code] of [
      ["good.1", 0],
      ["bad.1", 3],
    ] as const) {
      await runner.command(id, shell(`echo ready; echo ${id} >> ${starts}; sleep 0.3; exit ${code}`), {
        namespace: "once",
      });
      await runner.firstLine(id);
      runner.child?.kill("SIGSTOP");
      await programEnded(runner);
      await runner.kill();
      await runner.start();
    }
    expect(await runner.end("good.1")).toMatchObject({ status: RunStatus.SUCCESS, error: "", exitCode: 0 });
    expect(await runner.end("bad.1")).toMatchObject({
      status: RunStatus.FAILED,
      error: "exit code 3",
      exitCode: 3,
    });
    const again = await runner.client.submit({ runId: "good.1", epoch: 2n, spec: { argv: ["false"] } });
    expect(again.status).toBe(RunStatus.SUCCESS);
    expect(readFileSync(starts, "utf8")).toBe("good.1\nbad.1\n");
    expect(globSync(join(runner.state, "runs/*.end"))).toEqual([]);
  },
);

test("kill -9 between a query's end and its report: the next runner tells it, with the rows", async () => {
  const runner = await ownRunner();
  await runner.sql(
    "a.1",
    "SELECT count(*) AS n FROM range(200000) a, range(5000) b WHERE a.range % 7 = b.range % 7",
  );
  await runner.firstLine("a.1");
  runner.child?.kill("SIGSTOP");
  await programEnded(runner);
  await runner.kill();
  await runner.start();
  expect(await runner.end("a.1")).toMatchObject({
    status: RunStatus.SUCCESS,
    rowsWritten: 1n,
    result: { path: "gold/out.parquet", rows: [["142857144"]] },
  });
  expect(existsSync(join(runner.workspace, "sales/gold/out.parquet"))).toBe(true);
});

test.runIf(root)("a run can neither leave an end of its own nor harm who leaves it", async () => {
  const runner = await ownRunner();
  const attack = [
    "file=$(tr '\\0' '\\n' < /proc/$PPID/cmdline | grep 'end$')",
    'echo "found $file"',
    'echo 0 > "$file"; ln -s /dev/null "$file"; ls "$(dirname "$file")"',
    "echo 0 > /proc/$PPID/fd/1; cat /proc/$PPID/environ",
    "kill -9 $PPID; kill -TERM 0; kill -STOP $PPID",
    "trap '' TERM; kill -TERM 0; echo done; exec sleep 1000",
  ].join("\n");
  await runner.command("a.1", shell(`trap '' TERM; exec 2>&1; ${attack}`), {
    env: {
      ENV: "/dev/fd/1",
      BASH_ENV: "/dev/fd/1",
      SHELLOPTS: "noexec",
      PS4: "$(id)",
      end: "mine",
    },
  });
  const lines = await until(async () => {
    const found = await runner.output("a.1", false);
    return found.some((line) => line.endsWith("done")) ? found : undefined;
  });
  expect(lines[0]).toContain(`found ${runner.state}/runs/`);
  expect(lines.filter((line) => /denied|permitted/i.test(line)).length).toBeGreaterThanOrEqual(6);
  await runner.kill();
  await runner.start();
  expect((await runner.end("a.1")).error).toMatch(/^lost:/);
});

test("a signal that ends a program is told, and no process is added to what a run may have", async () => {
  const runner = await ownRunner();
  await runner.command("a.1", shell("kill -KILL $$"));
  expect(await runner.end("a.1")).toMatchObject({ error: "exit code 137 (SIGKILL)", exitCode: 137 });
  expect(await runner.output("a.1")).toEqual([]);
  await runner.command("b.1", ["sleep", "0.5"], {}, { limits: { pids: 1 } });
  expect((await runner.end("b.1")).status).toBe(RunStatus.SUCCESS);
});

test("cancelling a program that has ended says that it was not cancelled", async () => {
  const runner = await ownRunner();
  await runner.command("a.1", ["true"]);
  await runner.end("a.1");
  expect((await runner.client.cancel({ runId: "a.1" })).cancelled).toBe(false);
  expect((await runner.end("a.1")).status).toBe(RunStatus.SUCCESS);
});
