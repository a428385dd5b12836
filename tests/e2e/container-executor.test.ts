import { execFile } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Code } from "@connectrpc/connect";
import { RunStatus } from "@rat/contracts/common";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { engineNameOf } from "../../packages/executor-kit/src/run-names.ts";
import { baseImages, docker } from "../support/docker-engine.ts";
import { buildEscapeImage } from "../support/escape-image.ts";
import { ExecutorLab, whyNoEngine } from "../support/executor-lab.ts";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { until } from "../support/until.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const ESCAPE_IMAGE = "rat-test/escape:1";
const MIB = 1024 * 1024;

/** Prints numbered lines, slowly, and ends. */
const counting = (lines: number, everyMs: number) =>
  `let n = 0; const t = setInterval(() => { console.log("line " + n++); if (n === ${lines}) clearInterval(t); }, ${everyMs});`;
/** As `counting`, but keeps its last line until it gets SIGUSR2. */
const countingUntilTold = (lines: number, everyMs: number) =>
  `let n = 0, told = false; process.once("SIGUSR2", () => { told = true; }); const t = setInterval(() => { if (told || n < ${lines} - 1) console.log("line " + n++); if (n === ${lines}) clearInterval(t); }, ${everyMs});`;
const endless = { argv: ["node", "-e", "console.log('up'); setInterval(() => {}, 1000)"] };

const missing = whyNoEngine();
if (missing !== undefined) console.warn(`The tests of the container executor are skipped: ${missing}`);

describe.skipIf(missing !== undefined)("container executor", () => {
  let base = "";
  let imageId = "";
  let lab: ExecutorLab;
  const open = async (config: Readonly<Record<string, unknown>> = {}) => {
    const opened = await ExecutorLab.start({ images: { default: base }, ...config });
    onTestFinished(() => opened[Symbol.asyncDispose]());
    return opened;
  };

  beforeAll(async () => {
    base = (await baseImages())["BASE_IMAGE"] ?? "";
    imageId = await docker("image", "inspect", "--format", "{{.Id}}", base);
    lab = await ExecutorLab.start({ images: { default: base, allow: ["rat-test/*"] } });
  }, 300_000);
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  describe("runs", () => {
    it("a command, and tells its output, its end and what it was given", async () => {
      const code = "console.log([RAT_RUN_ID, RAT_ATTEMPT, RAT_NAMESPACE, RAT_PIPELINE, A, B, HOME].join())";
      const { end, output } = await lab.script(`with (process.env) ${code}`, {
        env: { A: "request" },
        spec: { env: { A: "spec", B: "$(id)" } },
      });
      expect(end).toMatchObject({ status: RunStatus.SUCCESS, error: "", exitCode: 0, epoch: 5n });
      expect(output).toEqual([
        expect.stringMatching(/^info: lab-\w+-1,1,lab,orders,request,\$\(id\),\/tmp$/),
      ]);
    });

    it.each([
      ["its exit code", "process.exit(3)", {}, "exit code 3", 3],
      ["a crash", "process.abort()", {}, "exit code 134 (SIGABRT)", 134],
      [
        "too much memory",
        "const a = []; for (;;) a.push(Buffer.alloc(1 << 20, 1))",
        { limits: { memory_mb: 96 } },
        "killed: memory limit 96 MiB",
        137,
      ],
      ["a program that is not there", "", { argv: ["nothing"] }, "exit code 127", 127],
    ] as const)("tells a failure by %s", async (_name, code, spec, error, exitCode) => {
      const { end } = await lab.script(code, { spec });
      expect(end).toMatchObject({ status: RunStatus.FAILED, error, exitCode });
    });

    it("gives both streams in the order in which they were written", async () => {
      // A pause after each: two pipes have no order of their own.
      const code = `const { writeSync } = require("fs"); const nap = new Int32Array(new SharedArrayBuffer(4));
        for (let n = 0; n < 30; n++) { writeSync(1 + (n % 2), n + "\\n"); Atomics.wait(nap, 0, 0, 50); }`;
      const { output } = await lab.script(code);
      expect(output).toEqual(Array.from({ length: 30 }, (_, n) => `${n % 2 === 0 ? "info" : "warn"}: ${n}`));
    });

    it("stops a run at its deadline, also one that ignores SIGTERM", async () => {
      const stubborn = "process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000)";
      const { end, output } = await lab.script(stubborn, { deadline: new Date(Date.now() + 1500) });
      expect(end).toMatchObject({ status: RunStatus.FAILED, error: "the deadline passed", exitCode: 137 });
      expect(output).toEqual(["info: no"]);
    });

    it("cancels a run, by Submit's caller and by the answer to a heartbeat", async () => {
      const runId = lab.id();
      await lab.submit(runId, { spec: endless });
      expect(await lab.client.cancel({ runId })).toMatchObject({ cancelled: true });
      expect(await lab.end(runId)).toMatchObject({ status: RunStatus.CANCELLED });
      expect(await lab.client.cancel({ runId })).toMatchObject({ cancelled: false });
      await expect(lab.client.cancel({ runId: "unknown" })).rejects.toMatchObject({ code: Code.NotFound });

      const unwanted = lab.id();
      lab.ratd.unwanted.add(unwanted);
      await lab.submit(unwanted, { spec: endless });
      expect(await lab.end(unwanted, 40_000)).toMatchObject({ status: RunStatus.CANCELLED });
    });

    it("reports to ratd what it answers when asked, and then removes the container", async () => {
      const runId = lab.id();
      await lab.submit(runId, { spec: { argv: ["node", "-e", counting(20, 5)] } });
      await lab.end(runId);
      await until(() => lab.ratd.endsOf(runId).length > 0, { what: "the report of the end" });
      expect(lab.ratd.endsOf(runId)).toMatchObject([{ status: RunStatus.SUCCESS, exitCode: 0, epoch: 5n }]);
      expect(lab.ratd.linesOf(runId).slice(1)).toMatchObject(
        Array.from({ length: 20 }, (_, n) => ({ text: `info: line ${n}` })),
      );
      await until(async () => (await lab.containerOf(runId)) === "", { what: "the container removed" });
      expect(await lab.end(runId)).toMatchObject({ status: RunStatus.SUCCESS });
    });
  });

  describe("confines", () => {
    it("by what it tells the engine, and by nothing else", async () => {
      const runId = lab.id();
      const limits = { memory_mb: 64, cpus: 0.5, pids: 32, disk_mb: 8 };
      await lab.submit(runId, { spec: { ...endless, limits } });
      const [container] = JSON.parse(await docker("inspect", await lab.containerOf(runId)));
      expect(container.Config.User).toBe("65532:65532");
      expect(container.Image).toBe(imageId);
      expect(container.Config.Labels).toMatchObject({
        "rat.executor": lab.instance,
        "rat.run-id": runId,
        "rat.run": runId.replace(/\.1$/, ""),
        "rat.attempt": "1",
        "rat.epoch": "5",
        "rat.namespace": "lab",
        "rat.pipeline": "orders",
      });
      expect(container.HostConfig).toMatchObject({
        Binds: null,
        NetworkMode: "none",
        PortBindings: {},
        RestartPolicy: { Name: "no" },
        AutoRemove: false,
        VolumesFrom: null,
        CapAdd: null,
        CapDrop: ["ALL"],
        CgroupnsMode: "private",
        IpcMode: "private",
        PidMode: "",
        UTSMode: "",
        UsernsMode: "",
        Privileged: false,
        PublishAllPorts: false,
        ReadonlyRootfs: true,
        SecurityOpt: ["no-new-privileges"],
        Tmpfs: { "/tmp": "rw,nosuid,nodev,size=8m,mode=1777" },
        Memory: 64 * MIB,
        MemorySwap: 64 * MIB,
        NanoCpus: 500_000_000,
        PidsLimit: 32,
        OomKillDisable: false,
        Init: true,
        ShmSize: 16 * MIB,
        Ulimits: [
          { Name: "nofile", Hard: 4096, Soft: 4096 },
          { Name: "core", Hard: 0, Soft: 0 },
        ],
        LogConfig: { Type: "json-file", Config: { "max-file": "2", "max-size": "40m" } },
      });
      expect(container.HostConfig.Devices ?? []).toEqual([]);
      expect(container.HostConfig.Mounts ?? []).toEqual([]);
      expect(container.Mounts).toEqual([]);
      await lab.client.cancel({ runId });
      await lab.end(runId);
    });

    it("whatever a program tries", { timeout: 180_000 }, async () => {
      buildEscapeImage(base, ESCAPE_IMAGE);
      const source = readFileSync(join(ROOT, "tests/support/escape-probe.mjs"), "utf8")
        .replaceAll("HOST_PID", String(process.pid))
        .replaceAll("HOST_PORT", new URL(lab.ratd.url).port)
        .replaceAll("/HOST_FILE", import.meta.filename);
      const argv = ["node", "--input-type=module", "-e", source];
      const { end, output } = await lab.script("", { spec: { argv, image: ESCAPE_IMAGE } });
      expect(end).toMatchObject({ status: RunStatus.SUCCESS });
      const outcome: Record<string, string> = JSON.parse((output[0] ?? "").replace(/^info: /, ""));
      expect(Object.keys(outcome).length).toBeGreaterThan(30);
      expect(Object.entries(outcome).filter(([, how]) => how === "WORKED")).toEqual([]);
      // Not because a program is missing: only for these is it enough that there is nothing to open.
      const absent = Object.entries(outcome).filter(([, how]) => how === "ENOENT");
      const mayBeAbsent = new Set([
        "open a disk",
        "pull the trigger of sysrq",
        "read the kernel's log",
        "read the kernel's memory",
        "reach the engine by its socket",
        "read a host's file through a link",
      ]);
      expect(absent.map(([name]) => name).filter((name) => !mayBeAbsent.has(name))).toEqual([]);
    });

    it(
      "a fork bomb, a full disk and a flood of output to their own container",
      { timeout: 240_000 },
      async () => {
        const bomb = lab.id();
        const flood = lab.id();
        const forks = `const { spawn } = require("child_process");
        const more = () => { const c = spawn("/bin/sh", ["-c", "while :; do (sh -c : &) ; done"]); c.on("error", () => {}); };
        setInterval(() => { try { more(); } catch {} }, 1);`;
        await lab.submit(bomb, { spec: { argv: ["node", "-e", forks], limits: { pids: 32, cpus: 0.2 } } });
        const gigabyte = `const block = ("x".repeat(99) + "\\n").repeat(10000); let n = 0;
        const more = () => { if (n++ < 1000) process.stdout.write(block, more); }; more();`;
        await lab.submit(flood, { spec: { argv: ["node", "-e", gigabyte] } });

        const fill = `const fs = require("fs"); const out = [];
        for (const path of ["/tmp/a", "/dev/shm/a", "/declared/a"])
          try { const f = fs.openSync(path, "w"); let n = 0; for (; n < 64; n++) fs.writeSync(f, Buffer.alloc(1 << 20)); out.push(path); }
          catch (error) { out.push(error.code); }
        console.log(out.join());`;
        const spec = { image: ESCAPE_IMAGE, limits: { disk_mb: 8, memory_mb: 128 } };
        expect((await lab.script(fill, { spec })).output).toEqual(["info: ENOSPC,ENOSPC,ENOSPC"]);
        expect(await lab.health()).toEqual({ status: "healthy", message: "" });

        expect(await lab.end(flood, 180_000)).toMatchObject({ status: RunStatus.SUCCESS });
        const output = await lab.output(flood);
        expect(output.length).toBeLessThan((10 * MIB) / 100);
        expect(output.at(-1)).toMatch(
          /^warn: the output is over the limit: at least [\d.]+ MiB more were left out$/,
        );
        await lab.client.cancel({ runId: bomb });
        expect(await lab.end(bomb)).toMatchObject({ status: RunStatus.CANCELLED });
      },
    );

    it("to its namespace's folder, and only where a spec asks for it", async () => {
      const workspace = realpathSync(mkdtempSync(join(tmpdir(), "rat-workspace-")));
      onTestFinished(() => rmSync(workspace, { recursive: true, force: true }));
      chmodSync(workspace, 0o755);
      mkdirSync(join(workspace, "other"));
      writeFileSync(join(workspace, "other/secret"), "");
      const own = await open({ workspace });
      const code = `const fs = require("fs"); fs.writeFileSync("/workspace/file", "here");
        fs.symlinkSync("../other/secret", "/workspace/link");
        console.log(fs.existsSync("/workspace/link"), fs.readdirSync("/workspace/..").includes("other"));`;
      const { end, output } = await own.script(code, { spec: { mount_workspace: true } });
      expect([end.error, output]).toEqual(["", ["info: false false"]]);
      expect(readFileSync(join(workspace, "lab/file"), "utf8")).toBe("here");
      expect(statSync(join(workspace, "lab/file")).uid).toBe(65_532);

      const without = await own.script("console.log(require('fs').existsSync('/workspace'))");
      expect(without.output).toEqual(["info: false"]);
      const traversal = own.submit(own.id(), {
        spec: { ...endless, mount_workspace: true },
        namespace: "../other",
      });
      await expect(traversal).rejects.toMatchObject({ code: Code.InvalidArgument });
    });

    it("to a network of its own, where the settings allow one", async () => {
      const own = await open({ allow_bridge: true });
      const runId = own.id();
      await own.submit(runId, { spec: { ...endless, network: "bridge" } });
      const name = engineNameOf(own.instance, runId);
      const [network] = JSON.parse(await docker("network", "inspect", name));
      expect(Object.keys(network.Containers)).toEqual([await own.containerOf(runId)]);
      expect(network.Labels).toEqual({ "rat.executor": own.instance, "rat.run-id": runId });
      await own.client.cancel({ runId });
      await own.end(runId);
      await until(async () => (await own.remains()).length === 0, { what: "the network removed" });
    });
  });

  describe("takes each run id once", () => {
    it("from fifty callers at a time", async () => {
      const since = String(Math.floor(Date.now() / 1000) - 1);
      const runId = lab.id();
      const run = { spec: { argv: ["node", "-e", "console.log('started')"] } };
      const answers = await Promise.all(Array.from({ length: 50 }, () => lab.submit(runId, run)));
      expect(
        answers.filter((status) => status !== RunStatus.RUNNING && status !== RunStatus.SUCCESS),
      ).toEqual([]);
      expect(await lab.end(runId)).toMatchObject({ status: RunStatus.SUCCESS });
      expect(await lab.output(runId)).toEqual(["info: started"]);
      expect(await lab.submit(runId, { ...run, epoch: 6n })).toBe(RunStatus.SUCCESS);
      await expect(lab.submit(runId, run)).rejects.toMatchObject({ code: Code.FailedPrecondition });

      const until = String(Math.floor(Date.now() / 1000) + 1);
      const filter = ["--filter", `label=rat.run-id=${runId}`, "--filter", "event=start"];
      const starts = await docker("events", "--since", since, "--until", until, ...filter);
      expect(starts.split("\n")).toHaveLength(1);
    });

    it("also when an earlier life was killed between making and starting the container", async () => {
      const runId = lab.id();
      const labels = [`rat.executor=${lab.instance}`, `rat.run-id=${runId}`, "rat.epoch=5"];
      const options = [
        "--name",
        engineNameOf(lab.instance, runId),
        ...labels.flatMap((label) => ["--label", label]),
      ];
      await docker("create", ...options, base, "node", "-e", "console.log('made before')");
      // A survey that has removed this volume has seen the container before, and has not started it.
      const stray = await docker("volume", "create", "--label", `rat.executor=${lab.instance}`);
      await until(async () => (await docker("volume", "ls", "--quiet", "--filter", `name=${stray}`)) === "", {
        what: "a survey",
      });
      await expect(lab.client.getRunStatus({ runId })).rejects.toMatchObject({ code: Code.NotFound });
      await lab.submit(runId, { spec: { argv: ["node", "-e", "console.log('made anew')"] } });
      expect(await lab.end(runId)).toMatchObject({ status: RunStatus.SUCCESS });
      expect(await lab.output(runId)).toEqual(["info: made before"]);
    });

    it("and no more runs than it has places", async () => {
      const own = await open({ max_concurrent: 1 });
      const runId = own.id();
      await own.submit(runId, { spec: endless });
      await expect(own.submit(own.id(), { spec: endless })).rejects.toMatchObject({
        code: Code.ResourceExhausted,
      });
      expect(await own.client.listRuns({})).toMatchObject({
        runs: [{ runId, epoch: 5n, status: RunStatus.RUNNING }],
        capacity: 1,
      });
      await own.client.cancel({ runId });
      await own.end(runId);
      expect(await own.submit(own.id(), { spec: { argv: ["node", "-e", ""] } })).toBe(RunStatus.RUNNING);
    });
  });

  describe("killed in the middle", () => {
    it("takes its runs over when ratd hands them over again: one start, a whole log, nothing left", async () => {
      const own = await open();
      const runs = Array.from({ length: 3 }, () => own.id());
      const spec = { argv: ["node", "-e", countingUntilTold(120, 20)] };
      for (const runId of runs) await own.submit(runId, { spec });
      const containers = await Promise.all(runs.map((runId) => own.containerOf(runId)));
      await until(() => runs.every((runId) => own.ratd.linesOf(runId).length > 5), { what: "some output" });
      await own.process.kill("SIGKILL");
      await own.process.start();

      expect(await Promise.all(runs.map((runId) => own.submit(runId, { spec, epoch: 6n })))).toEqual(
        runs.map(() => RunStatus.RUNNING),
      );
      expect(await Promise.all(runs.map((runId) => own.containerOf(runId)))).toEqual(containers);
      await docker("kill", "--signal", "SIGUSR2", ...containers);
      for (const runId of runs) {
        expect(await own.end(runId)).toMatchObject({ status: RunStatus.SUCCESS, epoch: 6n });
        await until(() => own.ratd.endsOf(runId).length === 1, { what: "the report of the end" });
        expect(
          own.ratd
            .linesOf(runId)
            .slice(1)
            .map(({ text }) => text),
        ).toEqual(Array.from({ length: 120 }, (_, n) => `info: line ${n}`));
      }
      await until(async () => (await own.remains()).length === 0, { what: "nothing left" });
    });

    it("goes on by itself where it has a state folder, also for a run that ended meanwhile", async () => {
      const state = mkdtempSync(join(tmpdir(), "rat-state-"));
      onTestFinished(() => rmSync(state, { recursive: true, force: true }));
      const own = await open({ state_dir: state });
      const short = own.id();
      const long = own.id();
      await own.submit(long, { spec: { argv: ["node", "-e", counting(200, 20)] } });
      await own.submit(short, {
        spec: { argv: ["node", "-e", counting(20, 50)] },
        s3Credentials: { A: "b" },
      });
      const ended = await own.containerOf(short);
      await own.process.kill("SIGKILL");
      await until(async () => (await docker("inspect", "--format", "{{.State.Running}}", ended)) === "false");
      await own.process.start();
      for (const [runId, lines] of [
        [short, 20],
        [long, 200],
      ] as const) {
        await until(() => own.ratd.endsOf(runId).length === 1, {
          timeoutMs: 15_000,
          what: "the report of the end",
        });
        expect(own.ratd.linesOf(runId)).toHaveLength(lines + 1);
      }
      await until(async () => (await own.remains()).length === 0, { what: "nothing left" });
    });

    it("gives the end of a run that ended meanwhile to whoever takes over, as it does the output", async () => {
      const own = await open();
      const runId = own.id();
      const spec = { argv: ["node", "-e", `${counting(20, 50)}; process.exitCode = 3`] };
      await own.submit(runId, { spec });
      const container = await own.containerOf(runId);
      await own.process.kill("SIGKILL");
      await until(
        async () => (await docker("inspect", "--format", "{{.State.Running}}", container)) === "false",
      );
      await own.process.start();
      expect(await own.end(runId)).toMatchObject({
        status: RunStatus.FAILED,
        error: "exit code 3",
        epoch: 5n,
      });
      expect(await own.output(runId)).toHaveLength(20);
      // Nobody knows of its end: the container stays.
      expect(await own.containerOf(runId)).toBe(container);

      expect(await own.submit(runId, { spec, epoch: 6n })).toBe(RunStatus.FAILED);
      await until(() => own.ratd.endsOf(runId).length === 1, { what: "the report of the end" });
      expect(own.ratd.endsOf(runId)).toMatchObject([{ exitCode: 3, epoch: 6n }]);
      expect(own.ratd.linesOf(runId)).toHaveLength(21);
      await expect.poll(() => own.remains()).toEqual([]);
    });

    it("removes what was left of runs that are over, after a while", async () => {
      const own = await open({ retention_s: 1 });
      const runId = own.id();
      await own.submit(runId, { spec: endless, s3Credentials: { A: "b" }, reports: false });
      await own.process.kill("SIGKILL");
      await docker("rm", "--force", await own.containerOf(runId));
      const other = own.id();
      await own.process.start();
      await own.submit(other, { spec: { argv: ["node", "-e", ""] }, reports: false });
      await expect.poll(() => own.remains(), { timeout: 15_000 }).toEqual([]);
    });
  });

  describe("hands over credentials", () => {
    it("by environment and by a file that is renewed, and neither by labels nor by logs", async () => {
      const runId = lab.id();
      const code = `const fs = require("fs"); let last = "";
        setInterval(() => { try { const now = fs.readFileSync(process.env.RAT_CREDENTIALS_FILE, "utf8");
          if (now !== last) console.log("key of " + JSON.parse(now).KEY.length, process.env.KEY.length); last = now; } catch {} }, 20);`;
      const run = { spec: { argv: ["node", "-e", code] } };
      await lab.submit(runId, { ...run, s3Credentials: { KEY: "first-secret" } });
      await until(async () => (await lab.output(runId)).length === 1, { what: "the first credentials" });
      await lab.submit(runId, { ...run, s3Credentials: { KEY: "second-and-longer" }, epoch: 6n });
      await until(async () => (await lab.output(runId)).length === 2, { what: "the second credentials" });
      expect(await lab.output(runId)).toEqual(["info: key of 12 12", "info: key of 17 12"]);
      const labels = await docker(
        "inspect",
        "--format",
        "{{json .Config.Labels}}",
        await lab.containerOf(runId),
      );
      expect(labels).not.toContain("secret");
      await lab.client.cancel({ runId });
      await lab.end(runId);
    });
  });

  describe("images", () => {
    it("run where the policy allows them, by a digest where it demands one", async () => {
      const own = await open({ images: { allow: ["rat-offline/*"], require_digest: true } });
      const submit = (image: string) => own.submit(own.id(), { spec: { argv: ["node", "-e", ""], image } });
      await expect(submit("elsewhere/node:24")).rejects.toMatchObject({ code: Code.PermissionDenied });
      await expect(submit(base)).rejects.toThrow(imageId);
      expect(await submit(imageId)).toBe(RunStatus.RUNNING);
    });

    it("that are not there fail the run, which says what to do", async () => {
      const { end } = await lab.script("", { spec: { image: "rat-test/nothing:1" } });
      expect(end).toMatchObject({
        status: RunStatus.FAILED,
        error: "image rat-test/nothing:1 is not on the engine: pull it there, or set images.pull to missing",
      });
    });
  });

  it("waits for an image that is being pulled, and says why it cannot be", async () => {
    const own = await open({ images: { allow: ["127.0.0.1:9/*"], pull: "missing" } });
    const runId = own.id();
    // Nothing listens there.
    const image = "127.0.0.1:9/nothing:1";
    expect(await own.submit(runId, { spec: { argv: ["true"], image } })).toBe(RunStatus.PENDING);
    const end = await own.end(runId);
    expect(end.status).toBe(RunStatus.FAILED);
    expect(end.error).toMatch(/^image 127\.0\.0\.1:9\/nothing:1 cannot be pulled: .*connection refused/);
  });

  describe("without its engine", () => {
    it("is down and says why; a run goes on, and its log has neither holes nor repeats", async () => {
      const socket = (process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock").replace("unix://", "");
      await using proxy = await createFaultProxy({ target: { path: socket } });
      const own = await open({ docker: `tcp://127.0.0.1:${proxy.port}` });
      const runId = own.id();
      await own.submit(runId, { spec: { argv: ["node", "-e", counting(150, 20)] } });
      await until(() => own.ratd.linesOf(runId).length > 5, { what: "some output" });
      await proxy.mode("refuse");
      const sick = await until(async () => {
        const health = await own.health();
        return health.status === "down" ? health : undefined;
      });
      expect(sick.message).toMatch(/^the Docker engine does not answer: ECONN/);
      await expect(own.submit(own.id(), { spec: endless })).rejects.toMatchObject({ code: Code.Unavailable });
      await proxy.mode("pass");
      await until(async () => (await own.health()).status === "healthy", { what: "healthy again" });
      expect(await own.end(runId)).toMatchObject({ status: RunStatus.SUCCESS });
      await until(() => own.ratd.endsOf(runId).length === 1, { what: "the report of the end" });
      expect(
        own.ratd
          .linesOf(runId)
          .slice(1)
          .map(({ text }) => text),
      ).toEqual(Array.from({ length: 150 }, (_, n) => `info: line ${n}`));
    });
  });

  it("conforms to the contract of executors", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rat-conformance-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const output = "conformance output";
    const config = {
      short_spec: { argv: ["node", "-e", `console.log("${output}")`] },
      long_spec: { argv: ["node", "-e", "setTimeout(() => {}, 60000)"] },
      expected_output: output,
    };
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    const own = await open({ max_concurrent: 50 });
    const args = ["executor", "--address", own.process.address, "--config", join(folder, "config.json")];
    const bin = join(ROOT, "packages/conformance/src/main.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [bin, ...args]).catch((error) => error);
    expect(stdout).not.toMatch(/^.*\bfail/im);
    expect(stdout).toMatch(/conforms \(\d+ pass, 3 skip\)/);
  });
});
