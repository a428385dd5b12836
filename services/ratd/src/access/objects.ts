import { parsePipelineId, pipelineId, type PipelineName } from "../pipeline-id.ts";
import type { Database } from "../platform/database/database.ts";
import type { Schema } from "../schema/schema.ts";
import type { AccessCheck, OwnedResource } from "../slots/enforcement/enforcement.ts";
import type { Question } from "./question.ts";

/** Where a thing lies: in a namespace, and mostly in a pipeline of it. */
interface Place {
  readonly namespace: string;
  readonly pipeline: PipelineName | undefined;
}

/** The owners of things, by `<type> <id>`. */
type Owners = ReadonlyMap<string, string>;

const RUN_ID = /^[0-9a-f]{26}$/;

/** What ratd knows of the things that it is asked about: who owns them, and what they lie in. */
export class Objects {
  readonly #database: Database;
  readonly #schema: Schema;

  constructor(deps: { readonly database: Database; readonly schema: Schema }) {
    this.#database = deps.database;
    this.#schema = deps.schema;
  }

  /** Completes questions, in their order, with at most two statements. @throws RatError database_unavailable */
  async place(questions: readonly Question[]): Promise<readonly AccessCheck[]> {
    await this.#schema.ready();
    const runs = await this.#pipelinesOfRuns(questions);
    const places = questions.map((question) => placeOf(question, runs));
    const owners = await this.#owners(places.filter((place) => place !== undefined));
    return questions.map((question, at) => complete(question, places[at], owners));
  }

  async #pipelinesOfRuns(questions: readonly Question[]): Promise<ReadonlyMap<string, PipelineName>> {
    const ids = questions.flatMap(({ resourceType, resourceId, within }) =>
      resourceType === "run" && within === undefined && RUN_ID.test(resourceId) ? [resourceId] : [],
    );
    if (ids.length === 0) return new Map();
    const rows = await this.#database.query<PipelineName & { readonly id: string }>(
      "SELECT id, namespace, layer, pipeline AS name FROM runs WHERE id = ANY ($1)",
      [ids],
    );
    return new Map(rows.map(({ id, ...name }) => [id, name]));
  }

  async #owners(places: readonly Place[]): Promise<Owners> {
    if (places.length === 0) return new Map();
    const pipelines = new Map(
      places.flatMap(({ pipeline }) =>
        pipeline === undefined ? [] : [[pipelineId(pipeline), pipeline] as const],
      ),
    );
    const names = [...pipelines.values()];
    const rows = await this.#database.query<{ readonly key: string; readonly owner: string }>(
      `SELECT 'namespace ' || name AS key, owner FROM namespaces WHERE name = ANY ($1)
       UNION ALL
       SELECT 'pipeline ' || p.namespace || '/' || p.layer || '/' || p.name, p.owner
         FROM unnest($2::text[], $3::text[], $4::text[]) AS a (namespace, layer, name)
         JOIN pipelines p USING (namespace, layer, name) WHERE p.deleted_at IS NULL`,
      [
        [...new Set(places.map(({ namespace }) => namespace))],
        names.map(({ namespace }) => namespace),
        names.map(({ layer }) => layer),
        names.map(({ name }) => name),
      ],
    );
    return new Map(rows.map(({ key, owner }) => [key, owner]));
  }
}

/** How the kinds of things that ratd knows lie in one another. */
const PLACES: Readonly<
  Record<string, (question: Question, runs: ReadonlyMap<string, PipelineName>) => Place | undefined>
> = {
  namespace: ({ resourceId }) =>
    resourceId === "" ? undefined : { namespace: resourceId, pipeline: undefined },
  pipeline: ({ resourceId }) => inPipeline(parsePipelineId(resourceId)),
  // A table is what the pipeline of its name writes.
  table: ({ resourceId }) => inPipeline(parsePipelineId(resourceId)),
  run: ({ resourceId, within }, runs) => inPipeline(within ?? runs.get(resourceId)),
};

function placeOf(question: Question, runs: ReadonlyMap<string, PipelineName>): Place | undefined {
  return Object.hasOwn(PLACES, question.resourceType)
    ? PLACES[question.resourceType]?.(question, runs)
    : undefined;
}

function inPipeline(pipeline: PipelineName | undefined): Place | undefined {
  return pipeline && { namespace: pipeline.namespace, pipeline };
}

function complete(question: Question, place: Place | undefined, owners: Owners): AccessCheck {
  const { action, resourceType, resourceId } = question;
  const owned = (type: string, id: string): OwnedResource => ({
    resourceType: type,
    resourceId: id,
    ownerId: owners.get(`${type} ${id}`) ?? "",
  });
  const around =
    place === undefined
      ? []
      : [
          ...(place.pipeline === undefined ? [] : [owned("pipeline", pipelineId(place.pipeline))]),
          owned("namespace", place.namespace),
        ];
  const self = around.find((one) => one.resourceType === resourceType && one.resourceId === resourceId);
  return {
    action,
    resourceType,
    resourceId,
    ownerId: self?.ownerId ?? "",
    ancestors: around.filter((one) => one !== self),
  };
}
