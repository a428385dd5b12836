import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Code } from "@connectrpc/connect";
import { RunStatus } from "@rat/contracts/common";
import { describe, expect, onTestFinished, test } from "vitest";
import { RunnerProcess, type RunnerProcessOptions } from "../support/runner-process.ts";
import { until } from "../support/until.ts";

const STRANGER = 12_345;

async function start(options: RunnerProcessOptions = {}): Promise<RunnerProcess> {
  const runner = await RunnerProcess.start(options);
  onTestFinished(() => runner[Symbol.asyncDispose]());
  return runner;
}

/** A folder of root's that is closed to all others, with a Node of its own, as a project below /root has it. */
function closedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "rät closed-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(process.execPath, join(folder, "node"));
  chmodSync(join(folder, "node"), 0o700);
  return folder;
}

describe.runIf(process.getuid?.() === 0)("below a folder that is closed to the users of runs", () => {
  test("runs get a copy of Node that is theirs to run and not to change, and that goes with the runner", async () => {
    const closed = closedFolder();
    const node = join(closed, "node");
    writeFileSync(join(closed, "tool"), "#!/bin/sh\n", { mode: 0o700 });
    const runner = await start({ node, env: { PATH: `${closed}:/usr/sbin:/usr/bin:/bin` } });
    const where = ["-p", "process.execPath"];
    await runner.command("by-name.1", ["node", ...where]);
    await runner.command("by-path.1", [node, ...where]);
    await runner.command("in-a-shell.1", ["sh", "-c", "exec node -p process.execPath"]);
    const [line = ""] = await runner.output("by-name.1");
    const copy = line.replace("info: ", "");
    expect(copy).toMatch(/rat-runner-\w+\/bin\/node$/);
    expect(await runner.output("by-path.1")).toEqual([line]);
    expect(await runner.output("in-a-shell.1")).toEqual([line]);
    const spoil = `exec 2>/dev/null; echo x >> ${copy} || rm ${copy} || touch ${dirname(copy)}/x || echo held`;
    await runner.command("spoil.1", ["sh", "-c", spoil]);
    expect(await runner.output("spoil.1")).toEqual(["info: held"]);
    await runner.command("tool.1", ["tool"]);
    expect(await runner.end("tool.1")).toMatchObject({
      status: RunStatus.FAILED,
      error: expect.stringContaining(
        `"tool" is ${closed}/tool, but the users of runs cannot enter ${closed}`,
      ),
    });
    await runner.sql("query.1", "SELECT 1");
    expect((await runner.end("query.1")).status).toBe(RunStatus.SUCCESS);
    // What a killed runner left goes with the next start; an orderly end leaves nothing.
    await runner.kill();
    expect(existsSync(copy)).toBe(true);
    await runner.start();
    expect(existsSync(copy)).toBe(false);
    await runner.kill("SIGTERM");
    expect(readdirSync(tmpdir()).filter((name) => copy.includes(`/${name}/`))).toEqual([]);
  });

  test("folders of runs do not lie in a TMPDIR that is closed", async () => {
    const runner = await start({ env: { TMPDIR: closedFolder() } });
    await runner.command("a.1", ["pwd"]);
    expect(await runner.output("a.1")).toEqual([expect.stringMatching(/^info: \/tmp\/rat-runner-/)]);
  });

  test("a journal that cannot be read ends the start with whose it must be", async () => {
    const runner = new RunnerProcess({ uid: STRANGER });
    onTestFinished(() => runner[Symbol.asyncDispose]());
    mkdirSync(join(runner.state, "runs"), { recursive: true });
    chmodSync(runner.state, 0o755);
    writeFileSync(join(runner.state, "runs", "a.json"), "{}", { mode: 0o600 });
    await expect(runner.start()).rejects.toThrow(
      new RegExp(
        `RAT_RUNNER_STATE: cannot use ${runner.state}: EACCES: .*must belong, with all in it, to uid ${STRANGER}`,
      ),
    );
    expect(runner.log.join()).not.toContain("    at ");
  });

  test("a journal and a workspace that refuse the runner cost the run that needs them, never the runner", async () => {
    const runner = await start({ uid: STRANGER });
    await runner.command("first.1", ["sh", "-c", "echo ready; exec sleep 1000"]);
    await runner.firstLine("first.1");
    chmodSync(join(runner.state, "runs"), 0o500);
    await expect(runner.command("second.1", ["true"])).rejects.toMatchObject({
      code: Code.PermissionDenied,
      rawMessage: expect.stringMatching(new RegExp(`cannot write its journal in ${runner.state}: EACCES`)),
    });
    await runner.client.cancel({ runId: "first.1" });
    expect((await runner.end("first.1")).status).toBe(RunStatus.CANCELLED);
    expect(await until(() => runner.log.find((text) => text.includes("could not be written")))).toContain(
      "first.1",
    );
    chmodSync(join(runner.state, "runs"), 0o700);
    chmodSync(runner.workspace, 0o500);
    await runner.command("third.1", ["true"], { namespace: "sales" });
    expect((await runner.end("third.1")).error).toMatch(
      new RegExp(
        `the files of sales cannot be opened: EACCES.*${runner.workspace} .*must belong to uid ${STRANGER}`,
      ),
    );
  });
});
