import type { PrivateFile, PrivateFiles } from "../files/private-files.ts";

/** Private files in memory. Their locks are waited for as on a disk. */
export class FakePrivateFiles implements PrivateFiles {
  readonly files = new Map<string, string>();
  /** Said of every file that is read. */
  exposed: PrivateFile["exposed"];
  /** Thrown by a write. */
  failure: Error | undefined;
  #lock: Promise<unknown> = Promise.resolve();

  read(path: string): Promise<PrivateFile | undefined> {
    const text = this.files.get(path);
    return Promise.resolve(text === undefined ? undefined : { text, exposed: this.exposed });
  }

  write(path: string, text: string): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.files.set(path, text);
    return Promise.resolve();
  }

  locked<Result>(_path: string, work: () => Promise<Result>): Promise<Result> {
    const done = this.#lock.then(work);
    this.#lock = done.catch(() => undefined);
    return done;
  }
}
