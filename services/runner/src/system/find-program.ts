import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";

/** The files that a program's name may mean, best first: one when it is a path, else those in `path` (as in PATH). */
export function findPrograms(name: string, path: string, cwd: string): readonly string[] {
  if (name.includes("/")) return [resolve(cwd, name)].filter(isProgram);
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => resolve(cwd, folder, name))
    .filter(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
