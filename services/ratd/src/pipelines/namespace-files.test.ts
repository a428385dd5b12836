import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NamespaceFiles } from "./namespace-files.ts";

let workspace: string;
let files: NamespaceFiles;

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "rat-files-"));
  let count = 0;
  files = new NamespaceFiles({ workspace, maxBytes: 10, uniqueName: () => String(count++) });
});
afterEach(() => rm(workspace, { recursive: true, force: true }));

async function* bytes(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

it("stores a file, replaces it, and says which", async () => {
  expect(await files.write("ns", "raw/a/b.csv", bytes("1,", "2"))).toBe(true);
  expect(await files.write("ns", "raw/a/b.csv", bytes("3"))).toBe(false);
  expect(await readFile(join(workspace, "ns/raw/a/b.csv"), "utf8")).toBe("3");
  expect(await readdir(join(workspace, "ns/raw/a"))).toEqual(["b.csv"]);
});

it("lets the group of a namespace use what is uploaded, whatever the umask", async () => {
  const former = process.umask(0o077);
  try {
    // As the runner leaves the folder of a namespace, once runs have users of their own.
    await mkdir(join(workspace, "ns"));
    await chmod(join(workspace, "ns"), 0o2770);
    await files.write("ns", "raw/a/b.csv", bytes("1"));
    await files.write("other", "raw/b.csv", bytes("1"));
  } finally {
    process.umask(former);
  }
  const mode = async (path: string) => ((await stat(join(workspace, path))).mode & 0o7777).toString(8);
  expect(await Promise.all(["ns/raw", "ns/raw/a", "ns/raw/a/b.csv"].map(mode))).toEqual([
    "2770",
    "2770",
    "660",
  ]);
  expect(await Promise.all(["other", "other/raw", "other/raw/b.csv"].map(mode))).toEqual([
    "700",
    "700",
    "600",
  ]);
});

it("leaves nothing of a file that is too large, and what was there before", async () => {
  await files.write("ns", "raw/a", bytes("old"));
  await expect(files.write("ns", "raw/a", bytes("12345", "678901"))).rejects.toThrow("larger than 10 bytes");
  expect(await readdir(join(workspace, "ns/raw"))).toEqual(["a"]);
  expect(await readFile(join(workspace, "ns/raw/a"), "utf8")).toBe("old");
});

it("leaves nothing of an upload that breaks off", async () => {
  async function* torn(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("12");
    throw new Error("aborted");
  }
  await expect(files.write("ns", "raw/a", torn())).rejects.toThrow("aborted");
  expect(await readdir(join(workspace, "ns/raw"))).toEqual([]);
});

it.each([
  "../x",
  "raw/../../x",
  "/etc/passwd",
  "raw//x",
  "raw/./x",
  "raw/x/",
  "",
  "raw/a\0b",
  "raw/a\nb",
  "raw\\x",
  "raw/.rat-upload-1",
  `raw/${"x".repeat(201)}`,
  `raw/${"x/".repeat(600)}y`,
  `raw/${"a/".repeat(31)}b`,
  "raw",
  "out/x",
])("refuses to write %j", async (path) => {
  await expect(files.write("ns", path, bytes("x"))).rejects.toMatchObject({ code: "bad_request" });
  await expect(files.remove("ns", path)).rejects.toMatchObject({ code: "bad_request" });
});

it("follows no link, neither at the end nor on the way", async () => {
  const secret = join(workspace, "secret");
  await mkdir(secret);
  await writeFile(join(secret, "key"), "key");
  await mkdir(join(workspace, "ns/raw"), { recursive: true });
  await symlink(join(secret, "key"), join(workspace, "ns/raw/file"));
  await symlink(secret, join(workspace, "ns/raw/folder"));
  await symlink(secret, join(workspace, "linked"));
  for (const path of ["raw/file", "raw/folder/key"]) {
    await expect(files.read("ns", path)).rejects.toMatchObject({ code: "not_found" });
    await expect(files.remove("ns", path)).rejects.toMatchObject({ code: "not_found" });
  }
  await expect(files.read("linked", "key")).rejects.toMatchObject({ code: "not_found" });
  await expect(files.write("ns", "raw/folder/new", bytes("x"))).rejects.toMatchObject({ code: "conflict" });
  await expect(files.write("linked", "raw/new", bytes("x"))).rejects.toThrow("no folder");
  expect(await readdir(secret)).toEqual(["key"]);
  expect(await files.list("ns", { prefix: "", after: "", limit: 10 })).toEqual([]);
  // What is put in the place of a link replaces the link, not what it points to.
  await files.write("ns", "raw/file", bytes("x"));
  expect(await readFile(join(secret, "key"), "utf8")).toBe("key");
});

it("reads everything in the namespace, and no folder", async () => {
  await files.write("ns", "raw/a", bytes("abc"));
  await mkdir(join(workspace, "ns/silver"));
  await writeFile(join(workspace, "ns/silver/t.parquet"), "parquet");
  const { handle, size } = await files.read("ns", "silver/t.parquet");
  expect(await handle.readFile("utf8")).toBe("parquet");
  expect(size).toBe(7);
  await handle.close();
  for (const path of ["silver", "none", "raw/a/b", "none/a"]) {
    await expect(files.read("ns", path)).rejects.toMatchObject({ code: "not_found" });
  }
  await expect(files.read("other", "raw/a")).rejects.toMatchObject({ code: "not_found" });
});

it("removes an empty namespace only", async () => {
  await files.write("ns", "raw/a/b", bytes("x"));
  await expect(files.removeAll("ns")).rejects.toMatchObject({ code: "conflict" });
  await files.remove("ns", "raw/a/b");
  await writeFile(join(workspace, "ns/raw/a/.rat-upload-left"), "half");
  expect(await files.list("ns", { prefix: "", after: "", limit: 10 })).toEqual([]);
  await files.removeAll("ns");
  expect(existsSync(join(workspace, "ns"))).toBe(false);
  await files.removeAll("ns");
});

it("lists in the order of the paths, page by page, each file once", async () => {
  const part = fc.constantFrom("a", "a.b", "a-b", "b", "a0", "B");
  const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(path, { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      part,
      async (paths, limit, prefix) => {
        const ns = `n${run++}`;
        // A path cannot be a file and a folder.
        const plain = paths.filter((one) => !paths.some((other) => other.startsWith(`${one}/`)));
        for (const one of plain) await files.write(ns, `raw/${one}`, bytes("x"));
        const seen: string[] = [];
        for (let after = ""; ;) {
          const rows = await files.list(ns, { prefix: `raw/${prefix}`, after, limit });
          seen.push(...rows.slice(0, limit).map((row) => row.path));
          if (rows.length <= limit) break;
          after = seen.at(-1) ?? "";
        }
        const wanted = plain.map((one) => `raw/${one}`).filter((one) => one.startsWith(`raw/${prefix}`));
        expect(seen).toEqual(wanted.toSorted((a, b) => (a < b ? -1 : 1)));
      },
    ),
    { numRuns: 60 },
  );
});
