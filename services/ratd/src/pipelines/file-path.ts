import { RatError } from "../errors.ts";
import { textProblem } from "./text-problem.ts";

const MAX_PATH_BYTES = 1024;
const MAX_NAME_BYTES = 200;
const MAX_DEPTH = 32;
/** Beginning of the names of files that are still being uploaded. */
export const UPLOAD_PREFIX = ".rat-upload-";

/**
 * Takes the path of a file within a namespace apart: relative, with plain names only.
 *
 * @throws RatError bad_request that says what is wrong with it
 */
export function parseFilePath(path: string): readonly string[] {
  const problem = pathProblem(path);
  if (problem !== undefined) throw new RatError("bad_request", `The path of the file ${problem}.`);
  return path.split("/");
}

/**
 * The path of a file that callers may write: one below `raw/`.
 *
 * @throws RatError bad_request
 */
export function parseRawPath(path: string): readonly string[] {
  const names = parseFilePath(path);
  if (names[0] === "raw" && names.length > 1) return names;
  throw new RatError("bad_request", "Files are put and removed only below raw/.");
}

function pathProblem(path: string): string | undefined {
  if (path === "") return "is empty";
  const text = textProblem(path);
  if (text !== undefined) return text;
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `must not have more than ${MAX_PATH_BYTES} bytes`;
  const names = path.split("/");
  if (names.length > MAX_DEPTH) return `must not have more than ${MAX_DEPTH} parts`;
  return names.map(nameProblem).find((found) => found !== undefined);
}

function nameProblem(name: string): string | undefined {
  if (name === "") return "must be relative, without empty parts";
  if (name === "." || name === "..") return `must not hold "${name}"`;
  if (/[\u0000-\u001f\u007f\\]/.test(name)) return "must not hold control characters or backslashes";
  if (name.startsWith(UPLOAD_PREFIX)) return `must not hold names that begin with ${UPLOAD_PREFIX}`;
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    return `must not hold names of more than ${MAX_NAME_BYTES} bytes`;
  return undefined;
}
