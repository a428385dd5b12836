// Lets every user read files and enter folders: node open-to-all.mjs PATH ... What its owner may run, all may run.
import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

function open(path) {
  const found = lstatSync(path);
  const { mode } = found;
  const folder = found.isDirectory();
  if (!folder && !found.isFile()) return;
  const wanted = mode | 0o444 | (folder || (mode & 0o100) !== 0 ? 0o111 : 0);
  // A file that is as it should be stays as it is: layers of images hold what was touched.
  if (wanted !== mode) chmodSync(path, wanted & 0o7777);
  if (folder) for (const name of readdirSync(path)) open(join(path, name));
}

for (const path of process.argv.slice(2)) open(path);
