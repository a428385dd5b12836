import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openAuditFiles } from "./audit-files.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rat-audit-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = () => openAuditFiles(directory, randomBytes);
const facts = (seq: number) => ({
  writer: "w",
  seq,
  hash: "00".repeat(32),
  at: "2026-01-01T00:00:00.000Z",
  final: false,
  previous: null,
});

test("makes the key once, and keeps checkpoints in the order in which they came", async () => {
  const first = await open();
  await first.append(first.key.seal(facts(1)));
  const second = await open();
  await second.append(second.key.seal(facts(2)));
  expect(second.key.id).toBe(first.key.id);
  expect((await first.checkpoints()).map(({ seq }) => seq)).toEqual([1, 2]);
  expect((await first.checkpoints()).every((one) => second.key.sealed(one))).toBe(true);
});

test("a line that was torn takes no other one with it", async () => {
  const first = await open();
  await first.append(first.key.seal(facts(1)));
  await first.append(first.key.seal(facts(2)));
  const file = join(directory, "audit/checkpoints.ndjson");
  await truncate(file, (await readFile(file)).length - 20);
  const second = await open();
  await second.append(second.key.seal(facts(3)));
  expect((await second.checkpoints()).map(({ seq }) => seq)).toEqual([1, 3]);
});

test.each(["audit", "audit/key", "audit/checkpoints.ndjson"])("refuses %s behind a link", async (name) => {
  const elsewhere = join(directory, "elsewhere");
  // As good as the real one, but for its place.
  const content = `${"ab".repeat(32)}\n`;
  await (name === "audit" ? mkdir(elsewhere) : writeFile(elsewhere, content, { mode: 0o600 }));
  if (name !== "audit") await mkdir(join(directory, "audit"));
  await symlink(elsewhere, join(directory, name));
  await expect(open()).rejects.toMatchObject({ code: "data_directory_unusable" });
  if (name !== "audit") expect(await readFile(elsewhere, "utf8")).toBe(content);
});

test("refuses a key that others may read, and one that is none", async () => {
  await open();
  const key = join(directory, "audit/key");
  await chmod(key, 0o644);
  await expect(open()).rejects.toThrow("chmod 600");
  await chmod(key, 0o600);
  await writeFile(key, "half\n");
  await expect(open()).rejects.toThrow("holds no key");
});
