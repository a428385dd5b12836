import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { withFileLock } from "./file-lock.ts";
import { processPrivateFiles } from "./process-private-files.ts";

const times = {
  now: () => Date.now(),
  sleep: () => new Promise<void>((resolve) => setImmediate(resolve)),
};
const files = processPrivateFiles(times);

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "rat-private-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

test("a file is 0600 in a folder that is 0700, whatever was there before, and leaves no draft", async () => {
  const home = await folder();
  const path = join(home, "a", "rat", "f");
  await files.write(path, "one");
  await chmod(path, 0o666);
  await files.write(path, "two");
  expect(await files.read(path)).toEqual({ text: "two", exposed: undefined });
  expect([await modeOf(path), await modeOf(join(home, "a", "rat"))]).toEqual(["600", "700"]);
  expect(await readdir(join(home, "a", "rat"))).toEqual(["f"]);
  expect(await files.read(join(home, "none"))).toBeUndefined();
});

test("a file that others may read, or replace, says what to type", async () => {
  const home = await folder();
  const path = join(home, "f");
  await files.write(path, "x");
  await chmod(path, 0o640);
  expect((await files.read(path))?.exposed).toEqual({
    how: `others may use ${path} (mode 0640)`,
    remedy: `chmod 600 ${path}`,
  });
  await chmod(path, 0o600);
  await chmod(home, 0o777);
  expect((await files.read(path))?.exposed).toMatchObject({ remedy: `chmod 700 ${home}` });
});

test("a write that fails leaves what was there, and no draft", async () => {
  const home = await folder();
  const path = join(home, "d");
  await files.write(join(path, "f"), "one");
  await expect(files.write(path, "two")).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(await readdir(home)).toEqual(["d"]);
  expect(await readFile(join(path, "f"), "utf8")).toBe("one");
});

test("of many who want the lock one has it at a time, and it goes away with them", async () => {
  const home = await folder();
  const path = join(home, "lock");
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await times.sleep();
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, () => withFileLock(path, work, times)));
  expect(most).toBe(1);
  expect(await readdir(home)).toEqual([]);
});

test("a lock that a killed process left is taken over after a minute, a younger one is waited for", async () => {
  const home = await folder();
  const path = join(home, "lock");
  await writeFile(path, "");
  const old = new Date(Date.now() - 61_000);
  await utimes(path, old, old);
  expect(await withFileLock(path, () => Promise.resolve("done"), times)).toBe("done");

  await writeFile(path, "");
  let now = Date.now();
  const waiting = {
    now: () => now,
    sleep: () => {
      now += 1_000;
      // Its holder is at work.
      return utimes(path, new Date(now), new Date(now));
    },
  };
  await expect(withFileLock(path, () => Promise.resolve("done"), waiting)).rejects.toThrow(
    `another rat holds ${path}`,
  );
});
