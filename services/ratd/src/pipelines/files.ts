import { RatError } from "../errors.ts";
import type { FileEntry } from "./list-files.ts";
import type { NamespaceFiles, OpenedFile } from "./namespace-files.ts";
import type { NamespaceStore } from "./namespace-store.ts";

/** What files need. */
export interface FilesDeps {
  readonly namespaces: Pick<NamespaceStore, "get">;
  readonly files: NamespaceFiles;
  /** Bytes of one file that is uploaded. */
  readonly maxBytes: number;
}

/** A file on its way in. */
export interface Upload {
  /** Bytes, as far as the caller told them; 0 when not. */
  readonly announcedBytes: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/** The files of namespaces that exist. */
export class Files {
  readonly #deps: FilesDeps;

  constructor(deps: FilesDeps) {
    this.#deps = deps;
  }

  /** By path, those that begin with `prefix`; one more than `limit`. @throws RatError not_found */
  async list(
    namespace: string,
    query: { readonly prefix: string; readonly after: string; readonly limit: number },
  ): Promise<readonly FileEntry[]> {
    await this.#deps.namespaces.get(namespace);
    return this.#deps.files.list(namespace, query);
  }

  /** Opens a file; whoever asked closes it. @throws RatError not_found, bad_request */
  read(namespace: string, path: string): Promise<OpenedFile> {
    return this.#deps.files.read(namespace, path);
  }

  /**
   * Stores a file as a whole.
   *
   * @throws RatError as `NamespaceFiles.write` does; payload_too_large before any of the content is read, where the caller
   *   has told its length
   */
  async store(
    namespace: string,
    path: string,
    { announcedBytes, content }: Upload,
  ): Promise<{ readonly isNew: boolean; readonly file: FileEntry }> {
    const { namespaces, files, maxBytes } = this.#deps;
    await namespaces.get(namespace);
    if (announcedBytes > maxBytes) {
      const detail = `The file is larger than ${maxBytes} bytes (runs.upload_limit).`;
      throw new RatError("payload_too_large", detail);
    }
    const isNew = await files.write(namespace, path, content);
    const { handle, size, modifiedAt } = await files.read(namespace, path);
    await handle.close();
    return { isNew, file: { path, size, modifiedAt } };
  }

  /** @throws RatError not_found, bad_request */
  remove(namespace: string, path: string): Promise<void> {
    return this.#deps.files.remove(namespace, path);
  }
}
