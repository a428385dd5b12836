import type { Caller } from "../access/caller.ts";
import { RatError } from "../errors.ts";
import type { EventBus } from "../events/event-bus.ts";
import { pipelineId, type PipelineName } from "../pipeline-id.ts";
import type { PipelineVersion, Publication } from "./pipeline.ts";
import type { PipelineState, PipelineStore, Precondition } from "./pipeline-store.ts";
import { diffContent } from "./plan.ts";
import { announcePublication } from "./publication-event.ts";
import type { PublicationStore } from "./publication-store.ts";
import type { Change } from "./spec-diff.ts";
import type { PageOfRows } from "./storage.ts";

/** What versions need. */
export interface PipelineVersionsDeps {
  readonly pipelines: Pick<PipelineStore, "get">;
  readonly store: PublicationStore;
  readonly events: EventBus;
}

/** How two versions differ. */
export interface VersionDiff {
  readonly from: number;
  readonly to: number;
  readonly changes: readonly Change[];
}

/** The versions of pipelines, and which of them are in force, as callers see and change them. */
export class PipelineVersions {
  readonly #deps: PipelineVersionsDeps;

  constructor(deps: PipelineVersionsDeps) {
    this.#deps = deps;
  }

  /** Newest first; one more than `limit`. @throws RatError not_found */
  async list(name: PipelineName, page: PageOfRows): Promise<readonly PipelineVersion[]> {
    await this.#deps.pipelines.get(name);
    return this.#deps.store.versions(name, page);
  }

  /** @throws RatError not_found */
  get(name: PipelineName, version: number): Promise<PipelineVersion> {
    return this.#deps.store.version(name, version);
  }

  /** Compares two versions; by default the one in force with the latest. @throws RatError not_found, conflict without one in force */
  async diff(
    name: PipelineName,
    versions: { readonly from: number | undefined; readonly to: number | undefined },
  ): Promise<VersionDiff> {
    const { pipelines, store } = this.#deps;
    const { pipeline } = await pipelines.get(name);
    const from = versions.from ?? pipeline.publishedVersion;
    const to = versions.to ?? pipeline.latestVersion;
    if (from === null) throw nothingPublished(name);
    const [before, after] = await Promise.all([store.version(name, from), store.version(name, to)]);
    return { from, to, changes: diffContent(before, after) };
  }

  /** Puts a version in force; without a number the latest. @throws RatError not_found, and what `precondition` throws */
  publish(
    name: PipelineName,
    version: number | undefined,
    precondition: Precondition,
    caller: Caller,
  ): Promise<PipelineState> {
    return this.#put("publish", name, version, precondition, caller);
  }

  /** Puts a version back in force; without a number the one before the present. @throws RatError as `publish` does; conflict */
  rollback(
    name: PipelineName,
    version: number | undefined,
    precondition: Precondition,
    caller: Caller,
  ): Promise<PipelineState> {
    return this.#put("rollback", name, version, precondition, caller);
  }

  /** Which version was in force since when, newest first; one more than `limit`. @throws RatError not_found */
  async publications(name: PipelineName, page: PageOfRows): Promise<readonly Publication[]> {
    await this.#deps.pipelines.get(name);
    return this.#deps.store.publications(name, page);
  }

  async #put(
    action: "publish" | "rollback",
    name: PipelineName,
    version: number | undefined,
    precondition: Precondition,
    caller: Caller,
  ): Promise<PipelineState> {
    const { pipelines, store, events } = this.#deps;
    const { userId } = caller.principal.identity;
    const change = await store[action](name, version, userId, precondition);
    announcePublication(events, name, change, userId);
    return pipelines.get(name);
  }
}

function nothingPublished(name: PipelineName): RatError {
  return new RatError("conflict", `No version of pipeline ${pipelineId(name)} is published; name \`from\`.`);
}
