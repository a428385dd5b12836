import type * as api from "./api-types.ts";
import { collect, part, query, type Call } from "./calls.ts";
import type { Transport } from "./transport.ts";

/** Namespaces and the files in them. */
export interface NamespaceCalls {
  list(options?: api.ListOptions): Promise<readonly api.Namespace[]>;
  get(name: string): Promise<api.Namespace>;
  create(namespace: api.NewNamespace): Promise<api.Namespace>;
  delete(name: string): Promise<void>;
  readonly files: {
    list(
      namespace: string,
      options?: api.ListOptions & { readonly prefix?: string | undefined },
    ): Promise<readonly api.NamespaceFile[]>;
    /** Stores `content` at `path`, which begins with `raw/`. A Blob of a file is sent as it is read. */
    upload(namespace: string, path: string, content: Blob): Promise<api.NamespaceFile>;
    /** The content, as it arrives. Aborting the signal ends it. */
    download(namespace: string, path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
    delete(namespace: string, path: string): Promise<void>;
  };
}

/** Longest time for one file, milliseconds. */
const UPLOAD_MS = 3_600_000;

/** The calls about namespaces. */
export function namespaceCalls(call: Call, transport: Transport): NamespaceCalls {
  const base = "/api/v1/namespaces";
  const filePath = (namespace: string, path: string) =>
    `${base}/${part(namespace)}/files/${path.split("/").map(part).join("/")}`;
  return {
    list: ({ limit = Infinity } = {}) =>
      collect(limit, async (page) => {
        const answer = await call("GET /api/v1/namespaces", `${base}${query(page)}`);
        return { items: answer.namespaces, next_cursor: answer.next_cursor };
      }),
    get: (name) => call("GET /api/v1/namespaces/{namespace}", `${base}/${part(name)}`),
    create: (namespace) => call("POST /api/v1/namespaces", base, namespace),
    async delete(name) {
      await call("DELETE /api/v1/namespaces/{namespace}", `${base}/${part(name)}`);
    },
    files: {
      list: (namespace, { limit = Infinity, prefix } = {}) =>
        collect(limit, async (page) => {
          const path = `${base}/${part(namespace)}/files${query({ prefix, ...page })}`;
          const answer = await call("GET /api/v1/namespaces/{namespace}/files", path);
          return { items: answer.files, next_cursor: answer.next_cursor };
        }),
      upload: (namespace, path, content) =>
        call("PUT /api/v1/namespaces/{namespace}/files/{*}", filePath(namespace, path), undefined, {
          content,
          timeoutMs: UPLOAD_MS,
        }),
      async download(namespace, path, signal) {
        const headers = { accept: "application/octet-stream" };
        const response = await transport.open({
          method: "GET",
          path: filePath(namespace, path),
          headers,
          signal,
        });
        return response.body ?? new Blob([]).stream();
      },
      async delete(namespace, path) {
        await call("DELETE /api/v1/namespaces/{namespace}/files/{*}", filePath(namespace, path));
      },
    },
  };
}
