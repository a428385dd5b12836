import type { Caller } from "../access/caller.ts";
import type { AccessServices } from "../access/create-access.ts";
import { aboutNamespace } from "../access/question.ts";
import { listReadable, type ReadablePage } from "../access/readable.ts";
import type { NamespaceFiles } from "./namespace-files.ts";
import type { NamespaceChange, NamespaceStore } from "./namespace-store.ts";
import type { Namespace } from "./pipeline.ts";
import type { PageOfRows } from "./storage.ts";

/** What namespaces need. */
export interface NamespacesDeps {
  readonly store: NamespaceStore;
  readonly files: Pick<NamespaceFiles, "removeAll">;
  readonly access: Pick<AccessServices, "access" | "sharing" | "changed" | "forget">;
}

/** Namespaces, as callers see and change them. */
export class Namespaces {
  readonly #deps: NamespacesDeps;

  constructor(deps: NamespacesDeps) {
    this.#deps = deps;
  }

  /** Those that the caller may read, by name. */
  list(page: PageOfRows, caller: Caller): Promise<ReadablePage<Namespace>> {
    const { access, store } = this.#deps;
    return listReadable(access.access, caller, page, {
      fetch: (wanted) => store.list(wanted),
      about: ({ name }) => aboutNamespace("read", name),
      keysOf: ({ name }) => [name],
    });
  }

  /** @throws RatError not_found */
  get(name: string): Promise<Namespace> {
    return this.#deps.store.get(name);
  }

  /** @throws RatError conflict when the name is taken */
  async create(name: string, change: NamespaceChange, caller: Caller): Promise<Namespace> {
    const made = await this.#deps.store.create(name, caller.principal.identity.userId, change);
    this.#deps.access.forget();
    return made;
  }

  /** @throws RatError not_found */
  update(name: string, change: NamespaceChange): Promise<Namespace> {
    return this.#deps.store.update(name, change);
  }

  /** Removes a namespace that has neither pipelines nor files, and what was shared of it. @throws RatError not_found, conflict */
  async remove(name: string, caller: Caller): Promise<void> {
    const { access, files, store } = this.#deps;
    await store.remove(name, async () => {
      await files.removeAll(name);
      await access.sharing.forget({ resourceType: "namespace", resourceId: name }, caller);
    });
    await access.changed();
  }
}
