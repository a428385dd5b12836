import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { Layer, RunStatus } from "@rat/contracts/common";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { FakeReportService } from "../support/fake-report-service.ts";
import { RunnerProcess, type RunnerProcessOptions } from "../support/runner-process.ts";
import { until } from "../support/until.ts";

const node = process.execPath;
const root = process.getuid?.() === 0;
const shell = (script: string): string[] => ["sh", "-c", script];
const script = (code: string): string[] => [node, "-e", code];
/** Runs until it is stopped. */
const endless = shell("echo ready; exec sleep 1000");

/** One runner for the tests that leave it whole. */
let shared: RunnerProcess;
beforeAll(async () => {
  shared = await RunnerProcess.start({ env: { RAT_RUNNER_PLACES: "16" } });
});
afterAll(() => shared[Symbol.asyncDispose]());

async function ownRunner(options: RunnerProcessOptions = {}): Promise<RunnerProcess> {
  const runner = await RunnerProcess.start(options);
  onTestFinished(() => runner[Symbol.asyncDispose]());
  return runner;
}

/** Processes, but for those that have ended, whose command line holds a text. */
function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

let names = 0;
const fresh = (): string => `run-${process.pid}-${(names += 1)}.1`;

test("a command runs with its arguments, its environment, and tells its output and end", async () => {
  const id = fresh();
  const code =
    "console.log(process.argv[1]); console.error(process.env.MINE, process.env.AWS_KEY); process.exitCode = 3";
  await shared.command(id, [...script(code), "$(reboot); `x`"], {
    env: { MINE: "1" },
    s3Credentials: { AWS_KEY: "2" },
  });
  expect((await shared.output(id)).toSorted()).toEqual(["info: $(reboot); `x`", "warn: 1 2"]);
  expect(await shared.end(id)).toMatchObject({
    status: RunStatus.FAILED,
    error: "exit code 3",
    exitCode: 3,
    epoch: 1n,
  });
});

test("a command sees its own environment, none of the runner's", async () => {
  const id = fresh();
  await shared.command(id, ["env"], { namespace: "sales", layer: Layer.GOLD, pipelineName: "report" });
  const lines = await shared.output(id);
  const [run] = id.split(".");
  expect(lines).toEqual(
    expect.arrayContaining([
      `info: RAT_RUN_ID=${run}`,
      "info: RAT_ATTEMPT=1",
      "info: RAT_NAMESPACE=sales",
      "info: RAT_LAYER=gold",
      "info: RAT_PIPELINE=report",
      `info: RAT_WORKSPACE=${join(shared.workspace, "sales")}`,
    ]),
  );
  expect(lines.join()).not.toContain("RAT_RUNNER_");
});

test("a program that does not exist fails its run", async () => {
  const id = fresh();
  await shared.command(id, ["no-such-program"]);
  expect(await shared.end(id)).toMatchObject({
    status: RunStatus.FAILED,
    error: expect.stringContaining("ENOENT"),
  });
});

test("a hundred submits of one id at a time start it once", async () => {
  const id = fresh();
  const file = join(shared.workspace, "once", "starts");
  const submits = Array.from({ length: 100 }, () =>
    shared.command(id, shell(`echo x >> ${file}`), { namespace: "once" }),
  );
  await Promise.all(submits);
  await shared.end(id);
  expect(readFileSync(file, "utf8")).toBe("x\n");
});

test("an older epoch is refused; a newer one takes over", async () => {
  const id = fresh();
  await shared.client.submit({ runId: id, epoch: 5n, spec: { argv: endless } });
  const older = shared.client.submit({ runId: id, epoch: 4n, spec: { argv: endless } });
  await expect(older).rejects.toMatchObject({ code: Code.FailedPrecondition });
  const newer = await shared.client.submit({ runId: id, epoch: 6n, spec: { argv: ["false"] } });
  expect(newer.status).toBe(RunStatus.RUNNING);
  expect((await shared.client.getRunStatus({ runId: id })).epoch).toBe(6n);
  expect((await shared.client.listRuns({})).runs).toContainEqual(
    expect.objectContaining({ runId: id, epoch: 6n, status: RunStatus.RUNNING }),
  );
  await shared.client.cancel({ runId: id });
});

test("renewed credentials reach a run under way by its file", async () => {
  const id = fresh();
  const wait =
    "until grep -q new $RAT_CREDENTIALS_FILE; do sleep 0.05; done; cat $RAT_CREDENTIALS_FILE; echo $KEY";
  await shared.command(id, shell(`echo ready; ${wait}`), { s3Credentials: { KEY: "old" } });
  await shared.firstLine(id);
  await shared.client.submit({ runId: id, epoch: 2n, s3Credentials: { KEY: "new" } });
  expect(await shared.output(id)).toEqual(["info: ready", 'info: {"KEY":"new"}old']);
});

test("cancelling reaches grandchildren, also those that left the process group", async () => {
  const id = fresh();
  const mark = `31${process.pid}.25`;
  await shared.command(id, shell(`sleep ${mark} & setsid sleep ${mark} & echo ready; wait`));
  await shared.firstLine(id);
  await until(() => processesWith(mark).length >= 2);
  expect((await shared.client.cancel({ runId: id })).cancelled).toBe(true);
  expect((await shared.end(id)).status).toBe(RunStatus.CANCELLED);
  expect(processesWith(mark)).toEqual([]);
});

test("a command that ignores SIGTERM is killed after the grace", async () => {
  const id = fresh();
  await shared.command(id, shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"));
  await shared.firstLine(id);
  await shared.client.cancel({ runId: id });
  expect((await shared.end(id)).status).toBe(RunStatus.CANCELLED);
});

test("what a command leaves running ends with it", async () => {
  const id = fresh();
  const mark = `32${process.pid}.25`;
  await shared.command(id, shell(`setsid sleep ${mark} & exit 0`));
  expect((await shared.end(id)).status).toBe(RunStatus.SUCCESS);
  expect(processesWith(mark)).toEqual([]);
});

test("a run ends at its deadline", async () => {
  const id = fresh();
  await shared.command(id, endless, { deadline: timestampFromDate(new Date(Date.now() + 300)) });
  expect(await shared.end(id)).toMatchObject({ status: RunStatus.FAILED, error: "the deadline passed" });
});

test("a gigabyte of output hurts only its run", async () => {
  const id = fresh();
  await shared.command(id, shell(`yes ${"x".repeat(999)} | head -c 1000000000`));
  let slowest = 0;
  const ended = new AbortController();
  const asking = (async () => {
    while (!ended.signal.aborted) {
      const begin = performance.now();
      await shared.plugin.healthCheck({});
      slowest = Math.max(slowest, performance.now() - begin);
    }
  })();
  try {
    expect((await shared.end(id, 110_000)).status).toBe(RunStatus.SUCCESS);
  } finally {
    ended.abort();
    await asking;
  }
  const lines = await shared.output(id);
  expect(lines.at(-1)).toMatch(/output limit of 10485760 bytes reached; 99\d+ bytes left out/);
  expect(lines.join("").length).toBeLessThan(11 * 1024 * 1024);
  expect(slowest).toBeLessThan(2000);
}, 120_000);

/** Sixty processes at a time: enough to be seen, and no harm to the machine of the test. */
const many = shell("for i in $(seq 60); do sleep 1000 & done; wait");

test.runIf(root)("a fork bomb is held, and its neighbours go on", async () => {
  const bomb = fresh();
  const neighbour = fresh();
  const limits = { limits: { pids: 40 } };
  await shared.command(bomb, shell("f() { f | f & }; echo bomb; f; f; sleep 1000"), {}, limits);
  await shared.firstLine(bomb);
  await shared.command(neighbour, many, {}, limits);
  const killed = { status: RunStatus.FAILED, error: "killed: more than 40 processes" };
  expect(await shared.end(neighbour)).toMatchObject(killed);
  await shared.client.cancel({ runId: bomb });
  const { status } = await shared.end(bomb);
  expect([RunStatus.CANCELLED, RunStatus.FAILED]).toContain(status);
  expect(processesWith("f() { f | f & }; echo bomb")).toEqual([]);
});

test("a memory hog is ended", async () => {
  const id = fresh();
  const hog = "const all = []; for (;;) { all.push(Buffer.alloc(4e6, 1)); }";
  await shared.command(id, script(hog), {}, { limits: { memory_mb: 200 } });
  expect((await shared.end(id)).status).toBe(RunStatus.FAILED);
});

test.runIf(root)("a run reads neither the files of other runs and namespaces nor the runner's", async () => {
  const other = fresh();
  await shared.command(
    other,
    shell("echo secret > $HOME/s; echo secret > $RAT_WORKSPACE/s; pwd; sleep 1000"),
    {
      namespace: "private",
    },
  );
  const home = await shared.firstLine(other);
  const id = fresh();
  const reads = [
    `cat ${home}/s`,
    `cat ${home}/../credentials.json`,
    `cat ${shared.workspace}/private/s`,
    `ls ${shared.workspace}/private`,
    `ls ${shared.workspace}`,
    `ls ${shared.state}`,
    `echo x > ${shared.workspace}/private/t`,
    `kill -9 ${shared.child?.pid}`,
  ];
  const all = reads.map((read) => `(${read}) && echo "GOT ${read}";`).join(" ");
  await shared.command(id, shell(`exec 2>/dev/null; ${all} :`), { namespace: "sales" });
  expect(await shared.output(id)).toEqual([]);
  expect((await shared.end(id)).status).toBe(RunStatus.SUCCESS);
  await shared.client.cancel({ runId: other });
});

test.each([
  ["spec.argv: must be a list", { argv: "ls" }],
  ["spec.argv: must begin with a program", { argv: [] }],
  ["spec.argv[1]: must not contain NUL", { argv: ["echo", "a\0b"] }],
  ["spec.argv[1]: must have at most 131071 bytes", { argv: ["echo", "x".repeat(1024 * 1024)] }],
  ["spec.argv: must have at most 256 items", { argv: Array.from({ length: 257 }, () => "x") }],
  ["spec.argv: must have at most 131072 bytes", { argv: ["echo", "x".repeat(70_000), "x".repeat(70_000)] }],
  ["spec.env.A: must not contain NUL", { argv: ["env"], env: { A: "\0" } }],
  ['spec.env."A=B": must match', { argv: ["env"], env: { "A=B": "" } }],
  [
    "spec.env.LD_PRELOAD: is a name that the dynamic linker heeds",
    { argv: ["env"], env: { LD_PRELOAD: "/x" } },
  ],
  ["spec.env.A: must have at most 131071 bytes", { argv: ["env"], env: { A: "x".repeat(1024 * 1024) } }],
  ["spec.limits.pids: must be a whole number", { argv: ["env"], limits: { pids: 1.5 } }],
  ["spec.env.RAT_RUN_ID: is a name that the runner itself sets", { argv: ["env"], env: { RAT_RUN_ID: "x" } }],
  ["spec.shell: is not known", { argv: ["env"], shell: true }],
])("refuses a command: %s", async (message, spec) => {
  const submit = shared.client.submit({ runId: fresh(), spec });
  await expect(submit).rejects.toMatchObject({
    code: Code.InvalidArgument,
    rawMessage: expect.stringContaining(message),
  });
});

test.each([
  ["kind", { kind: "python" }],
  ["namespace", { namespace: "../x" }],
  ["pipeline_name", { pipelineName: "a/b" }],
  ["run_id", { runId: "a/../b" }],
  ["env", { env: { "1A": "" } }],
  ["env.RAT_WORKSPACE", { env: { RAT_WORKSPACE: "/" } }],
  ["s3_credentials", { s3Credentials: { A: "secret\0" } }],
  ["deadline", { deadline: timestampFromDate(new Date(0)) }],
])("refuses a wrong %s, and names it", async (field, wrong) => {
  const submit = shared.client.submit({ runId: fresh(), spec: { argv: ["true"] }, ...wrong });
  const message = expect.stringMatching(new RegExp(`^${field}`));
  await expect(submit).rejects.toMatchObject({ code: Code.InvalidArgument, rawMessage: message });
  await expect(submit).rejects.not.toMatchObject({ rawMessage: expect.stringContaining("secret") });
});

test("unknown runs are not found", async () => {
  for (const ask of [
    shared.client.getRunStatus({ runId: "x" }),
    shared.client.cancel({ runId: "x" }),
    shared.output("x"),
  ]) {
    await expect(ask).rejects.toMatchObject({ code: Code.NotFound });
  }
});

test("no free place is resource_exhausted, and an end frees one", async () => {
  const runner = await ownRunner({ env: { RAT_RUNNER_PLACES: "1" } });
  await runner.command("a.1", endless);
  await expect(runner.command("b.1", ["true"])).rejects.toMatchObject({ code: Code.ResourceExhausted });
  await runner.client.cancel({ runId: "a.1" });
  await runner.end("a.1");
  await runner.command("b.1", ["true"]);
  expect((await runner.end("b.1")).status).toBe(RunStatus.SUCCESS);
});

const USERS: readonly (readonly [string, RunnerProcessOptions])[] = [
  ["with a user for each run", {}],
  ...(root ? [["sharing a user", { uid: 12_345 }] as const] : []),
];

test.each(USERS)(
  "kill -9, %s: ids stay known, nothing starts twice, no process survives",
  async (_how, options) => {
    const runner = await ownRunner(options);
    const mark = `33${process.pid}.25`;
    const file = join(runner.workspace, "once", "starts");
    const survivor = `echo x >> ${file}; sleep ${mark} & setsid sleep ${mark} & trap '' TERM; sleep ${mark}`;
    await runner.command("done.1", shell("exit 0"), { namespace: "once" });
    await runner.end("done.1");
    await runner.command("lost.1", shell(`echo ready; ${survivor}`), { namespace: "once", epoch: 3n });
    await until(() => processesWith(mark).length >= 3);
    await runner.kill();
    await runner.start();
    expect(processesWith(mark)).toEqual([]);
    const lost = {
      status: RunStatus.FAILED,
      error: "lost: the runner ended while the run was under way",
      epoch: 3n,
    };
    expect(await runner.client.getRunStatus({ runId: "lost.1" })).toMatchObject(lost);
    expect((await runner.client.getRunStatus({ runId: "done.1" })).status).toBe(RunStatus.SUCCESS);
    await expect(runner.command("lost.1", ["true"])).rejects.toMatchObject({ code: Code.FailedPrecondition });
    const again = await runner.client.submit({ runId: "lost.1", epoch: 4n, spec: { argv: shell(survivor) } });
    expect(again.status).toBe(RunStatus.FAILED);
    expect(readFileSync(file, "utf8")).toBe("x\n");
  },
);

test("kill -9 before the program started: the id counts as used", async () => {
  const silent = createServer();
  await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
  onTestFinished(() => void silent.close());
  const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const runner = await ownRunner({ env: { RAT_RUNNER_SOURCE_HOSTS: host, RAT_RUNNER_SOURCE_HTTP: "1" } });
  const asked = once(silent, "connection");
  await runner.sql("a.1", "SELECT 1", { sources: [{ name: "s", url: `http://${host}/x`, format: "csv" }] });
  await asked;
  await runner.kill();
  await runner.start();
  expect((await runner.client.getRunStatus({ runId: "a.1" })).error).toMatch(/^lost:/);
});

test("SIGTERM lets runs finish, takes no more, and says so", async () => {
  const ratd = await FakeReportService.start();
  onTestFinished(() => ratd[Symbol.asyncDispose]());
  const runner = await ownRunner();
  const address = { token: ratd.tokenOf("a.1"), reportUrl: ratd.url };
  const go = join(runner.workspace, "n", "go");
  await runner.command("a.1", shell(`echo ready; until [ -e ${go} ]; do sleep 0.05; done; echo end`), {
    namespace: "n",
    ...address,
  });
  await runner.firstLine("a.1");
  const ended = runner.kill("SIGTERM");
  await until(async () => (await runner.plugin.healthCheck({})).status === "degraded");
  await expect(runner.command("b.1", ["true"])).rejects.toMatchObject({ code: Code.ResourceExhausted });
  expect((await runner.client.getRunStatus({ runId: "a.1" })).status).toBe(RunStatus.RUNNING);
  writeFileSync(go, "");
  expect(await ended).toBe(0);
  expect(ratd.endsOf("a.1").map(({ status }) => status)).toEqual([RunStatus.SUCCESS]);
  expect(ratd.linesOf("a.1").map(({ text }) => text)).toEqual(["info: ready", "info: end"]);
  expect(existsSync(join(runner.state, "address.json"))).toBe(false);
});

test("runs that outlast the drain limit fail, and are reported", async () => {
  const ratd = await FakeReportService.start();
  onTestFinished(() => ratd[Symbol.asyncDispose]());
  const runner = await ownRunner({ env: { RAT_RUNNER_DRAIN_MS: "50" } });
  await runner.command("a.1", endless, { token: ratd.tokenOf("a.1"), reportUrl: ratd.url });
  await runner.firstLine("a.1");
  expect(await runner.kill("SIGTERM")).toBe(0);
  expect(ratd.endsOf("a.1")).toMatchObject([
    { status: RunStatus.FAILED, error: "lost: the runner was stopped" },
  ]);
});

test("ends with its standard input when told so, and leaves its address before", async () => {
  const runner = await ownRunner({ args: ["--listen", "127.0.0.1:0", "--end-with-stdin"] });
  const left = await until((): unknown =>
    JSON.parse(readFileSync(join(runner.state, "address.json"), "utf8")),
  );
  expect(left).toEqual({
    host: "127.0.0.1",
    port: Number(new URL(runner.url).port),
    pid: runner.child?.pid,
  });
  runner.child?.stdin?.end();
  await until(() => runner.child?.exitCode === 0);
});

test("a second runner with the same state does not start, and harms no run of the first", async () => {
  await shared.command("neighbour.1", endless);
  await shared.firstLine("neighbour.1");
  const second = ownRunner({ env: { RAT_RUNNER_STATE: shared.state } });
  await expect(second).rejects.toThrow("another runner uses RAT_RUNNER_STATE");
  expect((await shared.client.getRunStatus({ runId: "neighbour.1" })).status).toBe(RunStatus.RUNNING);
  await shared.client.cancel({ runId: "neighbour.1" });
});

test("does not start without a workspace", async () => {
  const start = ownRunner({ env: { RAT_RUNNER_WORKSPACE: "" } });
  await expect(start).rejects.toThrow("RAT_RUNNER_WORKSPACE");
});

test.runIf(root)("without root, runs end cleanly too, and too many processes are killed", async () => {
  const runner = await ownRunner({ uid: 12_345 });
  const mark = `34${process.pid}.25`;
  await runner.command("a.1", shell(`setsid sleep ${mark} & echo ok; id -u`));
  expect(await runner.output("a.1")).toEqual(["info: ok", "info: 12345"]);
  expect((await runner.end("a.1")).status).toBe(RunStatus.SUCCESS);
  expect(processesWith(mark)).toEqual([]);
  await runner.command("b.1", many, {}, { limits: { pids: 40 } });
  expect(await runner.end("b.1")).toMatchObject({
    status: RunStatus.FAILED,
    error: "killed: more than 40 processes",
  });
});
