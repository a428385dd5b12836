import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { RatError, systemCode } from "../../errors.ts";

/** Turns what the file system said about `directory` into an error that tells the operator what to change. */
export async function explainFileError(error: unknown, doing: string, directory: string): Promise<RatError> {
  if (error instanceof RatError) return error;
  const code = systemCode(error) ?? "unknown error";
  const start = `ratd cannot ${doing} the data directory ${directory}`;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new RatError(
      "disk_full",
      `${start}: no space left (${code}). Free space there, then start again.`,
      {
        cause: error,
      },
    );
  }
  const detail = `${start} as ${whoAmI()}: ${await reason(code, directory)}`;
  return new RatError("data_directory_unusable", detail, { cause: error });
}

async function reason(code: string, directory: string): Promise<string> {
  const seen = await nearestExisting(directory);
  switch (code) {
    case "EROFS":
      return "its file system is mounted read-only. Remount it writable or set RAT_DATA_DIR to another place.";
    case "EACCES":
    case "EPERM":
      return `permission denied; ${seen}. Run \`chown ${uid() ?? "<user>"} <directory>\` or set RAT_DATA_DIR to another place.`;
    case "ENOTDIR":
    case "EEXIST":
      return "a file stands in the way. Move it or set RAT_DATA_DIR to another place.";
    default:
      return `${code}; ${seen}. Correct that or set RAT_DATA_DIR to another place.`;
  }
}

/** Owner and mode of the directory, or of its nearest parent that exists. */
async function nearestExisting(directory: string): Promise<string> {
  const found = await stat(directory).catch(() => undefined);
  if (found === undefined) {
    const parent = dirname(directory);
    return parent === directory ? "nothing on the path can be read" : nearestExisting(parent);
  }
  const mode = (found.mode & 0o7777).toString(8).padStart(4, "0");
  return `${directory} belongs to uid ${found.uid} with mode ${mode}`;
}

function uid(): number | undefined {
  return process.geteuid?.();
}

function whoAmI(): string {
  return uid() === undefined ? "this user" : `uid ${uid()}`;
}
