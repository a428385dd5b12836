import { RatError } from "../../errors.ts";
import type { Queryable } from "../../platform/database/database.ts";

/** Specs kept at a time; versions never change, so they are never stale. */
const KEPT = 1000;

/** What to run, by pipeline and version. */
export class SpecCache {
  readonly #database: Queryable;
  readonly #specs = new Map<string, Readonly<Record<string, unknown>>>();

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** @throws RatError not_found; database_unavailable */
  async get(pipelineId: string, version: number): Promise<Readonly<Record<string, unknown>>> {
    const key = `${pipelineId}/${version}`;
    const known = this.#specs.get(key);
    if (known !== undefined) return known;
    const [row] = await this.#database.query<{ spec: Readonly<Record<string, unknown>> }>(
      "SELECT spec FROM pipeline_versions WHERE pipeline_id = $1 AND version = $2",
      [pipelineId, version],
    );
    if (row === undefined) throw new RatError("not_found", `Version ${version} of the pipeline is gone.`);
    this.#specs.set(key, row.spec);
    const oldest = this.#specs.size > KEPT ? this.#specs.keys().next().value : undefined;
    if (oldest !== undefined) this.#specs.delete(oldest);
    return row.spec;
  }
}
