import type { Caller } from "../access/caller.ts";
import type { AccessServices } from "../access/create-access.ts";
import { aboutPipeline } from "../access/question.ts";
import { listReadable, type ReadablePage } from "../access/readable.ts";
import type { EventBus } from "../events/event-bus.ts";
import { draftOf, type WantedPipeline } from "./pipeline-draft.ts";
import { pipelineId, type PipelineName } from "../pipeline-id.ts";
import type { Pipeline } from "./pipeline.ts";
import type {
  PipelineChange,
  PipelineFilter,
  PipelineState,
  PipelineStore,
  Precondition,
} from "./pipeline-store.ts";
import { planChange, type PipelinePlan } from "./plan.ts";
import { announcePublication } from "./publication-event.ts";
import type { PageOfRows } from "./storage.ts";

/** What pipelines need. */
export interface PipelinesDeps {
  readonly store: PipelineStore;
  readonly events: EventBus;
  readonly access: Pick<AccessServices, "access" | "sharing" | "changed" | "forget">;
}

/** Pipelines, as callers see and change them. */
export class Pipelines {
  readonly #deps: PipelinesDeps;

  constructor(deps: PipelinesDeps) {
    this.#deps = deps;
  }

  /** Those that the caller may read, by namespace, layer and name. */
  list(filter: PipelineFilter, page: PageOfRows, caller: Caller): Promise<ReadablePage<Pipeline>> {
    const { access, store } = this.#deps;
    return listReadable(access.access, caller, page, {
      fetch: (wanted) => store.list(filter, wanted),
      about: (item) => aboutPipeline("read", item),
      keysOf: ({ namespace, layer, name }) => [namespace, layer, name],
    });
  }

  /** @throws RatError not_found */
  get(name: PipelineName): Promise<PipelineState> {
    return this.#deps.store.get(name);
  }

  /** Makes a pipeline with its first version, in force unless the caller does not want that. @throws RatError validation_failed, conflict, not_found */
  async create(wanted: WantedPipeline, caller: Caller): Promise<PipelineChange> {
    const { store, access, events } = this.#deps;
    const { userId } = caller.principal.identity;
    const made = await store.create(draftOf(wanted, true, userId));
    access.forget();
    if (made.published) announcePublication(events, wanted.name, { from: null, to: 1 }, userId);
    return made;
  }

  /** What `create` would do. @throws RatError as `create` does */
  async planCreate(wanted: WantedPipeline, caller: Caller): Promise<PipelinePlan> {
    const draft = draftOf(wanted, true, caller.principal.identity.userId);
    await this.#deps.store.checkFree(wanted.name);
    return planChange(undefined, draft);
  }

  /**
   * Gives a pipeline a new version, unless the latest says just this.
   *
   * @throws RatError validation_failed, not_found, and what `precondition` throws
   */
  async update(wanted: WantedPipeline, precondition: Precondition, caller: Caller): Promise<PipelineChange> {
    const { userId } = caller.principal.identity;
    const changed = await this.#deps.store.update(draftOf(wanted, false, userId), precondition);
    if (changed.published) {
      const put = { from: changed.publishedBefore, to: changed.pipeline.latestVersion };
      announcePublication(this.#deps.events, wanted.name, put, userId);
    }
    return changed;
  }

  /** What `update` would do. @throws RatError as `update` does */
  async planUpdate(
    wanted: WantedPipeline,
    precondition: Precondition,
    caller: Caller,
  ): Promise<PipelinePlan> {
    const draft = draftOf(wanted, false, caller.principal.identity.userId);
    const before = await this.#deps.store.get(wanted.name);
    precondition(before.pipeline.latestVersion);
    return planChange(before, draft);
  }

  /**
   * Removes a pipeline, its triggers and what was shared of it and of its table; its runs stay.
   *
   * @throws RatError not_found, conflict, and what `precondition` throws
   */
  async remove(name: PipelineName, precondition: Precondition, caller: Caller): Promise<void> {
    const { store, access } = this.#deps;
    const resourceId = pipelineId(name);
    await store.remove(name, precondition, async () => {
      await access.sharing.forget({ resourceType: "pipeline", resourceId }, caller);
      await access.sharing.forget({ resourceType: "table", resourceId }, caller);
    });
    await access.changed();
  }
}
