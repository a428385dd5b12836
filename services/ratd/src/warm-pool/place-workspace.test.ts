import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "../platform/logger.ts";
import { placeWorkspace, type WorkspacePlace } from "./place-workspace.ts";

const isRoot = process.getuid?.() === 0;
let root: string;
let place: WorkspacePlace;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "rat-place-")));
  chmodSync(root, 0o711);
  const dataDirectory = join(root, "closed", "data");
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  chmodSync(join(root, "closed"), 0o700);
  const workspace = join(dataDirectory, "workspace");
  place = { workspace, dataDirectory, sharedHome: join(root, "shared"), logger: silentLogger };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test.runIf(isRoot)(
  "lies where the users of runs can get to it, and is found again after all of it was removed",
  () => {
    placeWorkspace(place);
    const files = realpathSync(place.workspace);
    expect(files.startsWith(place.sharedHome)).toBe(true);
    writeFileSync(join(place.workspace, "a"), "kept");
    placeWorkspace(place);
    expect(readFileSync(join(files, "a"), "utf8")).toBe("kept");
    rmSync(place.sharedHome, { recursive: true });
    placeWorkspace(place);
    expect(statSync(place.workspace).mode & 0o777).toBe(0o711);
  },
);

test.runIf(isRoot)("files that were in the data directory already stay there", () => {
  mkdirSync(join(place.workspace, "default"), { recursive: true });
  placeWorkspace(place);
  expect(lstatSync(place.workspace).isDirectory()).toBe(true);
});

test.runIf(isRoot)(
  "stays in the data directory where it can be reached, or nothing can be made elsewhere",
  () => {
    writeFileSync(place.sharedHome, "no folder");
    placeWorkspace(place);
    expect(lstatSync(place.workspace).isDirectory()).toBe(true);
    rmSync(place.workspace, { recursive: true });
    rmSync(place.sharedHome);
    chmodSync(join(root, "closed"), 0o711);
    placeWorkspace(place);
    expect(realpathSync(place.workspace)).toBe(place.workspace);
  },
);
