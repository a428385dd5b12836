import type { FileEntry } from "../../pipelines/list-files.ts";
import type { Shape } from "../schemas.ts";

/** A file of a namespace. */
export function fileView({ path, size, modifiedAt }: FileEntry): Shape<"NamespaceFile"> {
  return { path, size, modified_at: modifiedAt.toISOString() };
}
