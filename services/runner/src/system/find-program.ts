import { accessSync, constants, statSync } from "node:fs";
import { join, resolve } from "node:path";

/** The file of a program: by its path, or found in `path` (as in the variable PATH); undefined when there is none. */
export function findProgram(name: string, path: string, cwd: string): string | undefined {
  if (name.includes("/")) return isProgram(resolve(cwd, name)) ? name : undefined;
  return path
    .split(":")
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
