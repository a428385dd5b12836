import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { firstFileOf, packTar } from "./tar.ts";

test("tar reads what it packs", () => {
  const archive = packTar([
    { path: "job.json", content: Buffer.from("x".repeat(513)), mode: 0o444, owner: [65_532, 65_532] },
    { path: "out/", mode: 0o700, owner: [10_001, 7] },
  ]);
  const listing = execFileSync("tar", ["--list", "--verbose", "--numeric-owner", "--file=-"], {
    input: archive,
  });
  const lines = listing.toString().trim().split("\n");
  expect(lines[0]).toMatch(/^-r--r--r-- 65532\/65532 +513 .* job\.json$/);
  expect(lines[1]).toMatch(/^drwx------ 10001\/7 +0 .* out\/$/);
});

test("it reads the first file that tar packs, and nothing else", () => {
  const packed = execFileSync("tar", ["--create", "--file=-", "-C", import.meta.dirname, "tar.ts"]);
  expect(firstFileOf(packed)?.toString()).toContain("export function packTar");
  expect(firstFileOf(packTar([{ path: "out/", mode: 0o700, owner: [1, 1] }]))).toBeUndefined();
  expect(firstFileOf(Buffer.alloc(100))).toBeUndefined();
});
