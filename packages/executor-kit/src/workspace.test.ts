import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { settings } from "./test-fixtures.ts";
import { prepareWorkspace } from "./workspace.ts";

const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;

function workspace() {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "rat-workspace-")));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return { path, config: settings({ workspace: path, user: `${uid}:${gid}` }) };
}

test("makes the folder of a namespace, for the user of runs", async () => {
  const { path, config } = workspace();
  expect(await prepareWorkspace("sales", config)).toBe(join(path, "sales"));
  const { mode, uid: owner } = statSync(join(path, "sales"));
  expect([mode & 0o700, owner]).toEqual([0o700, uid]);
  expect(await prepareWorkspace("sales", config)).toBe(join(path, "sales"));
});

test("follows no link, neither for the namespace nor for the whole", async () => {
  const { path, config } = workspace();
  symlinkSync("/etc", join(path, "evil"));
  await expect(prepareWorkspace("evil", config)).rejects.toThrow(/is not a folder of its own/);
  symlinkSync(path, `${path}-link`);
  onTestFinished(() => rmSync(`${path}-link`));
  const linked = settings({ workspace: `${path}-link` });
  await expect(prepareWorkspace("sales", linked)).rejects.toThrow(/leads through a link/);
});

test("says what to do about a folder in which runs cannot write", async () => {
  const { path } = workspace();
  mkdirSync(join(path, "locked"));
  chmodSync(join(path, "locked"), 0o755);
  if (uid === 0) chownSync(join(path, "locked"), 12_345, 12_345);
  const config = settings({ workspace: path, user: "65532:65532" });
  if (uid === 0) {
    // As root it lets them in by their group.
    mkdirSync(join(path, "locked", "raw"), { mode: 0o700 });
    expect(await prepareWorkspace("locked", config)).toBe(join(path, "locked"));
    for (const folder of [join(path, "locked"), join(path, "locked", "raw")]) {
      expect([statSync(folder).mode & 0o2070, statSync(folder).gid]).toEqual([0o2070, 65_532]);
    }
    return;
  }
  await expect(prepareWorkspace("locked", config)).rejects.toThrow(/run chown 65532:65532 .*locked/);
});

test("says that there is no workspace", async () => {
  await expect(prepareWorkspace("a", settings())).rejects.toThrow(/no setting workspace/);
  await expect(prepareWorkspace("a", settings({ workspace: "/nowhere" }))).rejects.toThrow(/is not there/);
});
