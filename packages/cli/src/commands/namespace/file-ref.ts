import { CliError } from "../../output/cli-error.ts";
import { LAYERS } from "../pipeline/pipeline-ref.ts";

/** A file of a namespace. */
export interface FileRef {
  readonly namespace: string;
  /** Begins with `raw/` or a layer. */
  readonly path: string;
}

const TOPS: ReadonlySet<string> = new Set(["raw", ...LAYERS]);

/** Reads `[namespace/]raw|bronze|silver|gold/path`; throws `bad_usage` when it is none. */
export function parseFileRef(text: string): FileRef {
  const [first = "", second = "", ...more] = text.split("/");
  if (TOPS.has(first) && second !== "") return { namespace: "default", path: text };
  if (first !== "" && TOPS.has(second) && more.length > 0 && more[0] !== "") {
    return { namespace: first, path: text.slice(first.length + 1) };
  }
  const detail = `"${text}" names no file of a namespace; write [namespace/]raw/path, or a layer in place of raw`;
  throw new CliError("bad_usage", detail);
}
