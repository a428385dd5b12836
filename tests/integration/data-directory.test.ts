import { execFile, fork, type ChildProcess } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDataDirectory } from "../../services/ratd/src/platform/data-directory/data-directory.ts";
import { programWithinReach } from "../support/program-within-reach.ts";

const run = promisify(execFile);
const OPENER = fileURLToPath(new URL("../support/open-data-directory.ts", import.meta.url));

let parent: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "rat-data-"));
  await chmod(parent, 0o755);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(parent, { recursive: true, force: true });
});

/** Opens the directory in a process of its own, which keeps it until it is killed; resolves with what it says. */
async function opener(path: string, uid?: number): Promise<{ child: ChildProcess; said: string }> {
  const { node, file } = await programWithinReach(OPENER, uid, parent);
  const child = fork(
    file,
    [path],
    uid === undefined ? {} : { uid, gid: uid, cwd: "/", execPath: node, execArgv: [] },
  );
  children.push(child);
  const said = await new Promise<string>((resolve, reject) => {
    child.once("message", (message) => resolve(JSON.stringify(message)));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`exit ${code}`)));
  });
  return { child, said };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exited;
}

test("is made for the owner only, and freed when disposed", async () => {
  const path = join(parent, "deep", "data");
  const first = await openDataDirectory({ path });
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await first[Symbol.asyncDispose]();
  const second = await openDataDirectory({ path });
  await second[Symbol.asyncDispose]();
  expect(await readdir(path)).toEqual(["ratd.lock"]);
});

describe("the lock", () => {
  test("refuses a second process within a second and names the first", async () => {
    const { child } = await opener(parent);
    const started = performance.now();
    await expect(openDataDirectory({ path: parent })).rejects.toMatchObject({
      code: "data_directory_locked",
      message: expect.stringContaining(`pid ${child.pid} `),
    });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test("refuses a second opener in the same process", async () => {
    await using first = await openDataDirectory({ path: parent });
    await expect(openDataDirectory({ path: first.path })).rejects.toMatchObject({
      code: "data_directory_locked",
    });
  });

  test("ends with the process, even a killed one", async () => {
    const { child } = await opener(parent);
    await kill(child);
    expect(await readFile(join(parent, "ratd.pid"), "utf8")).toContain(String(child.pid));
    await using mine = await openDataDirectory({ path: parent });
    expect(await readFile(join(mine.path, "ratd.pid"), "utf8")).toContain(`"pid":${process.pid}`);
  });

  test("does not believe a name from an earlier boot, of a reused pid, or a torn one", async () => {
    const mine = { pid: process.pid, host: "h", since: new Date().toISOString() };
    const stale = [
      JSON.stringify({ ...mine, bootId: "another boot", startTicks: "1" }),
      JSON.stringify({ ...mine, bootId: null, startTicks: "1" }),
      "{torn",
    ];
    for (const name of stale) {
      await writeFile(join(parent, "ratd.pid"), name);
      const taken = await openDataDirectory({ path: parent });
      await taken[Symbol.asyncDispose]();
    }
    expect(stale).toHaveLength(3);
  });

  test("lets exactly one of many simultaneous starters in", async () => {
    const said = (await Promise.all(Array.from({ length: 8 }, () => opener(parent)))).map((one) => one.said);
    const winner = said.indexOf('"open"');
    expect(said.filter((word) => word === '"open"')).toHaveLength(1);
    const refusals = said.filter((word) => word.includes("data_directory_locked"));
    expect(refusals).toHaveLength(7);
    for (const refusal of refusals) expect(refusal).toContain(`pid ${children[winner]?.pid} `);
  });
});

describe("a directory that takes no data", () => {
  test("is refused with user, mode and remedy when it belongs to someone else", async ({ skip }) => {
    if (process.getuid?.() !== 0) skip("needs root, to start a process as another user");
    const path = join(parent, "theirs");
    await mkdir(path);
    await chmod(path, 0o755);
    const { said } = await opener(path, 65_534);
    expect(said).toContain("data_directory_unusable");
    for (const fact of [path, "uid 65534", "belongs to uid 0 with mode 0755", "chown 65534"])
      expect(said).toContain(fact);
  });

  test("is refused when a file stands in the way", async () => {
    const path = join(parent, "file");
    await writeFile(path, "");
    await expect(openDataDirectory({ path })).rejects.toMatchObject({ code: "data_directory_unusable" });
    await expect(openDataDirectory({ path: join(path, "below") })).rejects.toMatchObject({
      code: "data_directory_unusable",
      message: expect.stringContaining("a file stands in the way"),
    });
  });

  test("is refused on a read-only file system", async ({ skip }) => {
    if (!(await mountTmpfs("ro"))) skip("needs the right to mount");
    try {
      await expect(openDataDirectory({ path: parent })).rejects.toMatchObject({
        code: "data_directory_unusable",
        message: expect.stringContaining("read-only"),
      });
    } finally {
      await run("umount", [parent]);
    }
  });

  test("is refused on a full disk", async ({ skip }) => {
    if (!(await mountTmpfs("size=64k"))) skip("needs the right to mount");
    try {
      await writeFile(join(parent, "filler"), Buffer.alloc(64 * 1_024)).catch(() => undefined);
      await expect(openDataDirectory({ path: parent })).rejects.toMatchObject({
        code: "disk_full",
        message: expect.stringContaining(parent),
      });
      expect(await readdir(parent)).toEqual(["filler"]);
    } finally {
      await run("umount", [parent]);
    }
  });
});

async function mountTmpfs(options: string): Promise<boolean> {
  return run("mount", ["-t", "tmpfs", "-o", options, "rat-test", parent]).then(
    () => true,
    () => false,
  );
}

test("a directory that the user owns works without root", async ({ skip }) => {
  if (process.getuid?.() !== 0) skip("the other tests show it");
  await chown(parent, 65_534, 65_534);
  expect((await opener(join(parent, "data"), 65_534)).said).toBe('"open"');
});
