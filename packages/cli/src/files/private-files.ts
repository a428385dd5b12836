/** A file with secrets, as it lies on the disk. */
export interface PrivateFile {
  readonly text: string;
  /** Who else may read or write the file or write into its folder; what to type so that nobody may. */
  readonly exposed: { readonly how: string; readonly remedy: string } | undefined;
}

/** Files that only their owner may read. */
export interface PrivateFiles {
  /** The file; undefined when there is none. */
  read(path: string): Promise<PrivateFile | undefined>;
  /** Writes it whole or not at all: mode 0600, in a folder that is made with mode 0700 when it is missing. */
  write(path: string, text: string): Promise<void>;
  /** Does work while no other process holds the same lock. `path` is the file of the lock. */
  locked<Result>(path: string, work: () => Promise<Result>): Promise<Result>;
}
