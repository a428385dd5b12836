import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RunStateStore, type RunMemory } from "./run-state-store.ts";

const memory: RunMemory = { epoch: 7n, token: "secret", reportUrl: "http://ratd", stopping: "cancelled" };

test("remembers a run until it is forgotten, for this user alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rat-state-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const store = new RunStateStore(folder);
  await store.save("run", memory);
  expect(await store.load("run")).toEqual(memory);
  expect(statSync(join(folder, "run.json")).mode & 0o777).toBe(0o600);
  writeFileSync(join(folder, "broken.json"), '{"epoch": 7');
  expect(await store.load("broken")).toBeUndefined();
  await store.forget("run");
  expect(await store.load("run")).toBeUndefined();
});

test("without a folder it keeps nothing", async () => {
  const store = new RunStateStore(undefined);
  await store.save("run", memory);
  expect(await store.load("run")).toBeUndefined();
});
