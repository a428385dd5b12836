import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { presenceOf } from "@rat/processes";
import { expect, test } from "vitest";
import { startProcess } from "./start-process.ts";

const node = (script: string) => ({
  program: process.execPath,
  arguments: ["-e", script],
  environment: { ONLY: "this" },
});

test("hands on the lines of a process, keeps the last twenty, and tells how it ended", async () => {
  const lines: string[] = [];
  const started = startProcess({
    ...node(`for (let i = 0; i < 30; i += 1) console.log("line " + i + "\\n"); process.exit(3)`),
    output: { onLine: (line) => lines.push(line) },
  });
  await started.running;
  expect(await started.exited).toEqual({ code: 3, signal: null });
  expect(lines).toHaveLength(30);
  expect(started.lastLines()).toEqual(lines.slice(-20));
});

test("a process sees the environment that it was given and nothing of ours", async () => {
  const lines: string[] = [];
  const started = startProcess({
    ...node("console.log(process.env.ONLY, process.env.PATH)"),
    output: { onLine: (line) => lines.push(line) },
  });
  await started.exited;
  expect(lines).toEqual(["this undefined"]);
});

test("writes into a file that is the user's alone, and adds to what is there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rat-start-process-"));
  const file = join(folder, "log");
  try {
    for (const word of ["one", "two"])
      await startProcess({ ...node(`console.log("${word}")`), output: { file }, outlives: false }).exited;
    expect(readFileSync(file, "utf8")).toBe("one\ntwo\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a program that is not there is told of, and has no identity", async () => {
  const started = startProcess({ ...node(""), program: "/nowhere/program", output: {} });
  await expect(started.running).rejects.toThrow(/ENOENT/);
  expect(started.identity).toBeUndefined();
  started.killGroup();
  started.signal("SIGKILL");
});

test("kills a process with what it started", async () => {
  const lines: string[] = [];
  const started = startProcess({
    ...node(`
      const { spawn } = require("node:child_process");
      console.log(spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" }).pid);
      setInterval(() => {}, 1000);`),
    output: { onLine: (line) => lines.push(line) },
  });
  await expect.poll(() => lines.length).toBe(1);
  started.killGroup();
  expect(await started.exited).toEqual({ code: null, signal: "SIGKILL" });
  await expect.poll(() => presenceOf({ pid: Number(lines[0]), startTime: undefined })).toBe("gone");
  started.signal("SIGTERM");
});
