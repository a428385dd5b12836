import { chmodSync, mkdirSync } from "node:fs";
import { PluginStartError } from "@rat/plugin-sdk";
import { makePassage } from "@rat/processes";
import { fileFault } from "./file-fault.ts";

/** A folder that the runner was told to use, by the variable that names it. */
export interface OwnFolder {
  readonly variable: string;
  readonly path: string;
}

/** Makes the folder with the files of namespaces: users of runs pass through. @throws PluginStartError */
export function makeWorkspace(folder: OwnFolder): void {
  atStart(folder, () => makePassage(folder.path));
}

/** Makes the folder that is the runner's alone. @throws PluginStartError */
export function makeState(folder: OwnFolder): void {
  atStart(folder, () => {
    if (mkdirSync(folder.path, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(folder.path, 0o700);
  });
}

/** Does a part of the start that needs the folder. @throws PluginStartError that names the folder and whose it must be */
export function atStart<Result>(folder: OwnFolder, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw cannotUse(folder, error);
  }
}

/** The error for a folder that refused the runner at its start. */
export function cannotUse({ variable, path }: OwnFolder, error: unknown): PluginStartError {
  const why = error instanceof Error ? error.message : "unknown error";
  const remedy =
    fileFault(error) === "denied"
      ? `; it must belong, with all in it, to uid ${process.getuid?.()}, who the runner is`
      : "";
  return new PluginStartError(`${variable}: cannot use ${path}: ${why}${remedy}`, { cause: error });
}
