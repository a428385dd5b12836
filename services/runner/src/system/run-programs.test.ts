import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPluginLog } from "@rat/plugin-sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunPrograms } from "./run-programs.ts";

const account = { uid: 12_345, gid: 12_345 };
let root: string;
let closed: string;
let lines: string[];
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "rat-programs-")));
  chmodSync(root, 0o711);
  closed = join(root, "closed");
  mkdirSync(closed, { mode: 0o700 });
  lines = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const log = () =>
  createPluginLog({
    name: "runner",
    slot: "executor",
    level: "info",
    secrets: [],
    destination: { write: (line) => void lines.push(line) },
  });

test.runIf(process.getuid?.() === 0)(
  "says what to do when runs can start neither Node nor a copy of it",
  () => {
    const node = join(closed, "node");
    writeFileSync(node, "#!/no/such/interpreter\n", { mode: 0o755 });
    const programs = RunPrograms.prepare({ account, folder: root, node, log: log() });
    expect(lines.join()).toContain(
      `runs cannot start Node: the users of runs cannot enter ${closed}, which \`chmod o+x\` would change, and a copy`,
    );
    expect(lines.join()).toContain("or set TMPDIR to a folder from which every user may run programs");
    expect(() => programs.find("node", closed, root, account)).toThrow(
      `cannot start: "node" is ${node}, but the users of runs cannot enter ${closed}`,
    );
  },
);

test("runs of the runner's own user find what the runner finds", () => {
  writeFileSync(join(closed, "tool"), "", { mode: 0o700 });
  const programs = RunPrograms.prepare({
    account: undefined,
    folder: root,
    node: process.execPath,
    log: log(),
  });
  expect(programs.find("tool", `/nowhere:${closed}`, root, undefined)).toBe(join(closed, "tool"));
  expect(programs.pathOf(closed)).toBe(closed);
  expect(() => programs.find("tool", "/nowhere", root, undefined)).toThrow('"tool" is no program (ENOENT)');
});
