const FAULTS: Readonly<Record<string, FileFault>> = {
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
  ENOSPC: "full",
  EDQUOT: "full",
};

/** Why the file system refused: the runner may not, or there is no room. */
export type FileFault = "denied" | "full";

/** Which fault an error of the file system tells of; undefined for all others. */
export function fileFault(error: unknown): FileFault | undefined {
  return error instanceof Error && "code" in error ? FAULTS[String(error.code)] : undefined;
}
