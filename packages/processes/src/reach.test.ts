import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makePassage } from "./passage.ts";
import { firstBarrier } from "./reach.ts";

const STRANGER = { uid: 12_345, gid: 12_345 };
let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "rat-reach-")));
  chmodSync(root, 0o711);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("names the first folder that is closed, also behind a link", () => {
  const closed = join(root, "closed");
  mkdirSync(join(closed, "inner"), { recursive: true });
  chmodSync(join(closed, "inner"), 0o755);
  chmodSync(closed, 0o700);
  symlinkSync(join(closed, "inner"), join(root, "link"));
  expect(firstBarrier(join(closed, "inner"), STRANGER)).toBe(closed);
  expect(firstBarrier(join(root, "link"), STRANGER)).toBe(closed);
  const { uid, gid } = statSync(closed);
  expect(firstBarrier(join(closed, "inner"), { uid, gid: 0 })).toBeUndefined();
  chmodSync(closed, 0o070);
  expect(firstBarrier(join(closed, "inner"), { uid: 12_345, gid })).toBeUndefined();
});

test("names a program that may not be run", () => {
  const file = join(root, "program");
  writeFileSync(file, "", { mode: 0o744 });
  expect(firstBarrier(file, STRANGER)).toBe(file);
  chmodSync(file, 0o755);
  expect(firstBarrier(file, STRANGER)).toBeUndefined();
});

test("a passage is open to all whatever the umask, and a folder that was there keeps its mode", () => {
  const there = join(root, "there");
  mkdirSync(there);
  chmodSync(there, 0o750);
  const umask = process.umask(0o077);
  try {
    makePassage(join(there, "a", "b"));
  } finally {
    process.umask(umask);
  }
  const mode = (path: string) => (statSync(join(root, path)).mode & 0o777).toString(8);
  expect(["there", "there/a", "there/a/b"].map(mode)).toEqual(["750", "711", "711"]);
});
